/**
 * The cells that a command line names: manifests read, put in order, judged.
 *
 * @module
 */

import { builtinRegistry } from "../capabilities/builtin.ts";
import type { HostEnv } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import { PulpError } from "../errors.ts";
import { MANIFEST_NAME } from "../manifest/file.ts";
import { readManifest } from "../manifest/parse.ts";
import { resolvePath } from "../manifest/paths.ts";
import { orderSet } from "../manifest/set.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { Verdict } from "../permissions/verdict.ts";
import type { ParsedArgs } from "./args.ts";
import type { Invocation } from "./command.ts";
import type { CliIo } from "./io.ts";
import { listenAddress } from "./listen.ts";
import { tlsFilesOf } from "./tls.ts";

/** One cell of a set: how it was named, its manifest, and the verdict about it. */
export interface JudgedCell {
  /** The argument that named the manifest. */
  readonly argument: string;
  readonly spec: CellSpec;
  readonly verdict: Verdict;
}

/** Where the host keeps and offers things, from `--storage-root`, `--listen` and the like. */
export function hostEnv(args: ParsedArgs, io: CliIo): HostEnv {
  return {
    storageRoot: resolvePath(io.cwd, args.required("storage-root")),
    listen: listenAddress(args),
    ...(args.has("watch") ? { watch: true } : {}),
    ...extensionsOf(args, io),
    ...tlsFilesOf(args, io),
  };
}

/** Everything that the host offers, extensions among it. */
export async function openRegistry(
  { extensions }: Pick<HostEnv, "extensions">,
): Promise<Registry> {
  if (extensions !== undefined) {
    const { loadExtensions } = await import("../host/extensions.ts");
    await loadExtensions(extensions);
  }
  return builtinRegistry();
}

/** `--ext`, as URLs. */
export function extensionsOf(
  args: ParsedArgs,
  io: CliIo,
): Pick<HostEnv, "extensions"> {
  const files = args.list("ext");
  const extensions = [
    ...io.embedded?.extensions ?? [],
    ...files.map((file) => toFileUrl(resolvePath(io.cwd, file))),
  ];
  return extensions.length === 0 ? {} : { extensions };
}

/**
 * Reads the manifest that an argument names. The module of a cell inside an
 * executable is the one that was compiled in.
 *
 * @throws {PulpError} as `readManifest`
 */
export async function readCell(
  argument: string,
  io: CliIo,
): Promise<CellSpec> {
  const spec = await readManifest(argument);
  const cell = io.embedded?.cells.find((it) => it.manifest === argument);
  return cell === undefined
    ? spec
    : { ...spec, wasmPath: cell.wasm, wasmSha256: cell.sha256 };
}

function toFileUrl(path: string): string {
  const url = new URL("file:///");
  url.pathname = path.replaceAll("%", "%25").replaceAll("\\", "/");
  return url.href;
}

/**
 * Reads the manifests, puts the cells in the order in which they start, and
 * asks Deno about each. Nothing of a cell is read but its manifest.
 *
 * @throws {PulpError} `manifest`, or `permission` when a key is missing: then
 * with the table and the command line to run instead
 */
export async function grantedCells(
  manifests: readonly string[],
  registry: Registry,
  envOf: (spec: CellSpec) => HostEnv,
  { args, argv, io }: Invocation,
): Promise<readonly CellSpec[]> {
  await requireReadable(manifests, argv, io);
  const named = await Promise.all(manifests.map(async (argument) => ({
    argument,
    spec: await readCell(argument, io),
  })));
  const order = orderSet(named.map((cell) => cell.spec));
  const cells = named.map((cell): JudgedCell => ({
    ...cell,
    verdict: registry.verdict(
      cell.spec,
      envOf(cell.spec),
      (it) => io.queryPermission(it),
    ),
  }));
  if (!cells.every((cell) => cell.verdict.granted)) {
    const { refusal } = await import("./denied.ts");
    const { extensions } = extensionsOf(args, io);
    throw await refusal(cells, argv, io, extensions);
  }
  return order;
}

/** Throws unless Deno lets the manifests be read. */
export async function requireReadable(
  manifests: readonly string[],
  argv: readonly string[],
  io: CliIo,
): Promise<void> {
  const readable = manifests.every((manifest) => isReadable(manifest, io));
  if (readable) return;
  const { unreadable } = await import("./denied.ts");
  throw unreadable(manifests, argv, io);
}

/** Whether Deno lets a manifest be read: the file itself, or the one in the folder. */
export function isReadable(manifest: string, io: CliIo): boolean {
  const path = resolvePath(io.cwd, manifest);
  return [path, resolvePath(path, MANIFEST_NAME)].some((path) =>
    io.queryPermission({ name: "read", path }) === "granted"
  );
}

/** Refuses an empty path, which would mean the current directory. */
export function requireManifests(manifests: readonly string[]): void {
  if (manifests.length === 0) {
    throw new PulpError("usage", "Cannot run: <manifest> is missing", {
      hint: 'see "pulp run --help"',
    });
  }
  if (manifests.includes("")) {
    throw new PulpError("usage", 'Cannot read manifest "": the path is empty');
  }
}
