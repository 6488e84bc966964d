/**
 * What `deno compile` wrote into a file, read back: flags, arguments, files.
 *
 * The format is Deno's own and not documented: behind a marker the metadata as
 * JSON, the npm packages, tables of remote modules, the tree of files as JSON
 * and then their bytes, each with its length in front, and the marker again.
 *
 * @module
 */

import { dirname, join } from "@std/path";

const MARKER = new TextEncoder().encode("d3n0l4nd");

/** The parts of the metadata that tests look at. */
export interface Metadata {
  readonly argv: readonly string[];
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly entrypoint_key: string;
  readonly code_cache_key: unknown;
  readonly unstable_config: { readonly features: readonly string[] };
}

/** An executable. Paths are relative to the root of its file system. */
export interface ExecutableContent {
  readonly metadata: Metadata;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** A node of the tree of files: `n` is the name, `o` where the bytes are, `p` where a link leads. */
type Entry =
  | { readonly Dir: { readonly n: string; readonly e: readonly Entry[] } }
  | {
    readonly File: {
      readonly n: string;
      readonly o: readonly [number, number];
    };
  }
  | {
    readonly Symlink: { readonly n: string; readonly p: readonly string[] };
  };

/** Reads an executable back. Throws when it is none. */
export async function readExecutable(path: string): Promise<ExecutableContent> {
  const bytes = await Deno.readFile(path);
  for (const start of markers(bytes)) {
    const metadata = metadataAt(bytes, start);
    if (metadata !== undefined) return contentOf(bytes, metadata);
  }
  throw new Error(`Deno compiled nothing into ${path}`);
}

/** Writes the files of an executable into a folder, as if it were unpacked. */
export async function unpack(
  { files }: ExecutableContent,
  folder: string,
): Promise<void> {
  for (const [path, bytes] of files) {
    const file = join(folder, path);
    await Deno.mkdir(dirname(file), { recursive: true });
    await Deno.writeFile(file, bytes);
  }
}

/**
 * The arguments of Deno that start what was unpacked into a folder: with what
 * was compiled in, and its own files to read.
 */
export function startOf(
  { permissions, argv, entrypoint_key }: Metadata,
  root: string,
): string[] {
  const flags = Object.entries(permissions).flatMap(([key, targets]) => {
    const kind = key.replace("allow_", "");
    if (!key.startsWith("allow_") || kind === "import") return [];
    const list = Array.isArray(targets) ? targets : [];
    // Deno gives an executable its own files to read.
    const all = kind === "read" ? [...list, root] : list;
    return all.length === 0 ? [] : [`--allow-${kind}=${all.join(",")}`];
  });
  // A file system of an executable holds no lock.
  const fixed = ["--no-prompt", "--quiet", "--no-lock", "--cached-only"];
  return ["run", ...fixed, ...flags, join(root, entrypoint_key), ...argv];
}

/** Where the marker stands, from the end: the base holds it as well. */
function* markers(bytes: Uint8Array): Generator<number> {
  const [first = 0] = MARKER;
  let at = bytes.lastIndexOf(first);
  while (at >= 0) {
    if (MARKER.every((byte, index) => bytes[at + index] === byte)) yield at;
    at = at === 0 ? -1 : bytes.lastIndexOf(first, at - 1);
  }
}

function metadataAt(
  bytes: Uint8Array,
  start: number,
): { readonly value: Metadata; readonly end: number } | undefined {
  const reader = new Reader(bytes, start + MARKER.length);
  try {
    return { value: JSON.parse(reader.text()), end: reader.at };
  } catch {
    return undefined;
  }
}

function contentOf(
  bytes: Uint8Array,
  { value: metadata, end }: { readonly value: Metadata; readonly end: number },
): ExecutableContent {
  const reader = new Reader(bytes, end);
  reader.block();
  for (const table of ["specifiers", "redirects", "remote modules"]) {
    if (reader.count() > 0) throw new Error(`there are ${table}`);
  }
  const tree: readonly Entry[] = JSON.parse(reader.text());
  const data = reader.block();
  const files = new Map<string, Uint8Array>();
  const links: [path: string, target: string][] = [];
  const walk = (entries: readonly Entry[], folder: string): void => {
    for (const entry of entries) {
      if ("Dir" in entry) walk(entry.Dir.e, `${folder}${entry.Dir.n}/`);
      else if ("Symlink" in entry) {
        links.push([folder + entry.Symlink.n, entry.Symlink.p.join("/")]);
      } else {
        const { n, o: [offset, length] } = entry.File;
        files.set(folder + n, data.subarray(offset, offset + length));
      }
    }
  };
  walk(tree, "");
  for (const [link, target] of links) follow(files, link, target);
  return { metadata, files };
}

/** Adds what a link leads to under the link's own path. */
function follow(
  files: Map<string, Uint8Array>,
  link: string,
  target: string,
): void {
  for (const [path, bytes] of [...files]) {
    if (path === target) files.set(link, bytes);
    else if (path.startsWith(`${target}/`)) {
      files.set(link + path.slice(target.length), bytes);
    }
  }
}

/** Numbers are little-endian; a block has its length in eight bytes in front. */
class Reader {
  at: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(
      bytes.buffer,
      bytes.byteOffset,
      bytes.byteLength,
    );
    this.at = at;
  }

  count(): number {
    const count = this.#view.getUint32(this.at, true);
    this.at += 4;
    return count;
  }

  block(): Uint8Array {
    const length = this.#view.getBigUint64(this.at, true);
    const start = this.at + 8;
    const end = start + Number(length);
    if (length > BigInt(this.#bytes.length - start)) {
      throw new RangeError("a block ends behind the file");
    }
    this.at = end;
    return this.#bytes.subarray(start, end);
  }

  text(): string {
    return new TextDecoder().decode(this.block());
  }
}
