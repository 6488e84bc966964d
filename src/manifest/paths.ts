/**
 * The little that manifests need of paths. `node:path` costs a cold start of
 * the command line 7 ms and the compiled @std/path 20 ms, a third and all of
 * what an empty program takes.
 *
 * @module
 */

const WINDOWS = Deno.build.os === "windows";

/** Whether a path starts at a root. `windows` is what the host is, unless given. */
export function isAbsolutePath(path: string, windows = WINDOWS): boolean {
  return windows ? /^(?:[A-Za-z]:)?[\\/]/.test(path) : path.startsWith("/");
}

/**
 * `path` as seen from the folder `base`, absolute and without `.` and `..`.
 * `base` must be absolute. Links are not followed.
 */
export function resolvePath(
  base: string,
  path: string,
  windows = WINDOWS,
): string {
  const whole = isAbsolutePath(path, windows) ? path : `${base}/${path}`;
  const root = rootOf(whole, windows);
  const kept: string[] = [];
  for (const part of whole.slice(root.length).split(windows ? /[\\/]+/ : "/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") kept.pop();
    else kept.push(part);
  }
  return root.shown + kept.join(windows ? "\\" : "/");
}

/** The folder that holds what an absolute path names. */
export function folderOf(path: string, windows = WINDOWS): string {
  return resolvePath(path, "..", windows);
}

/** The path that a `file:` URL stands for. */
export function pathOfUrl(url: URL, windows = WINDOWS): string {
  const path = decodeURIComponent(url.pathname);
  return windows ? path.slice(1).replaceAll("/", "\\") : path;
}

/** How much of a path is its root, and how the root is written. */
function rootOf(
  path: string,
  windows: boolean,
): { readonly length: number; readonly shown: string } {
  if (!windows) return { length: 0, shown: "/" };
  const share = /^[\\/]{2}([^\\/]+)[\\/]+([^\\/]+)/.exec(path);
  if (share !== null) {
    const [whole, server, name] = share;
    return { length: whole.length, shown: `\\\\${server}\\${name}\\` };
  }
  const drive = /^[A-Za-z]:/.exec(path)?.[0] ?? "";
  return { length: drive.length, shown: `${drive}\\` };
}
