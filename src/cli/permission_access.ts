/**
 * What `permissions` itself needs of Deno, asked for before it does anything.
 *
 * @module
 */

import { resolvePath } from "../manifest/paths.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import { isReadable } from "./cell_set.ts";
import type { Invocation } from "./command.ts";
import { leastFlags } from "./command_line.ts";
import type { CliIo } from "./io.ts";
import { RefusedError } from "./refused.ts";

/** The deno.json that `--write` changes: as it was named, and the file behind that. */
export interface WriteTarget {
  readonly path: string;
  readonly file: string;
}

/**
 * Throws unless Deno grants what the command itself does. Gives the file to
 * change with `--write`, for which the folder has to be looked at.
 *
 * @throws {PulpError} `permission` with the whole command line to run instead
 */
export async function permissionAccess(
  invocation: Invocation,
): Promise<WriteTarget | undefined> {
  const { args, io } = invocation;
  const sources = sourceRequests(invocation);
  if (!args.has("write")) {
    await demand(
      "Cannot derive the permissions: Deno was not given",
      sources,
      invocation,
    );
    return undefined;
  }
  const refusal = "Cannot write the permissions: Deno was not given";
  const { changeRequests, chooseConfig, fileOf, lookedAt, lookRequests } =
    await import("./deno_config_file.ts");
  const config = args.text("config");
  const named = config === undefined ? undefined : resolvePath(io.cwd, config);
  const paths = lookedAt(named, io.cwd);
  const looks = [...sources, ...lookRequests(paths)];
  const [first = ""] = paths;
  if (missing(looks, io).length > 0) {
    // Which of them is changed can't be seen yet.
    const guess = changeRequests(named ?? first);
    await demand(refusal, [...looks, ...guess], invocation);
  }
  const path = await chooseConfig(named, io.cwd);
  const file = await fileOf(path);
  await demand(refusal, [...looks, ...changeRequests(file)], invocation);
  return { path, file };
}

/** The manifests, and the extensions, which say what they need. */
function sourceRequests({ args, io }: Invocation): PermissionRequest[] {
  const read = (path: string, reason: string): PermissionRequest => ({
    kind: "read",
    target: resolvePath(io.cwd, path),
    reason,
  });
  return [
    ...args.operands.map((it) => read(it, "the manifest")),
    ...args.list("ext").map((it) => read(it, "the extension")),
  ];
}

async function demand(
  refusal: string,
  requests: readonly PermissionRequest[],
  { argv, io }: Invocation,
): Promise<void> {
  const lacking = missing(requests, io);
  if (lacking.length === 0) return;
  const { runInstead } = await import("./denied.ts");
  const flags = leastFlags(lacking, io.cwd).join(" ");
  throw new RefusedError(
    `${refusal} ${flags}`,
    `\n${runInstead(requests, argv, io)}`,
  );
}

/** For a folder the manifest in it is enough, as for every command. */
function missing(
  requests: readonly PermissionRequest[],
  io: CliIo,
): PermissionRequest[] {
  return requests.filter(({ kind, target = "" }) =>
    kind === "read"
      ? !isReadable(target, io)
      : io.queryPermission({ name: "write", path: target }) !== "granted"
  );
}
