/**
 * What goes into an executable, and what it may do.
 *
 * @module
 */

import { dirname, fromFileUrl, relative, SEPARATOR } from "@std/path";
import type { HostEnv } from "../capabilities/capability.ts";
import { hostRow } from "../capabilities/host_rows.ts";
import type { Registry } from "../capabilities/registry.ts";
import { PulpError } from "../errors.ts";
import { closedNet } from "../host/closed_net.ts";
import { type HostingNeeds, hostingNeeds } from "../host/hosting_needs.ts";
import type { HostingNeed } from "../host/need.ts";
import { isAbsolutePath, resolvePath } from "../manifest/paths.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { ParsedArgs } from "./args.ts";
import { extensionsOf } from "./cell_set.ts";
import type { Making } from "./embedded_set.ts";
import { hostingFlags } from "./hosting_flags.ts";
import type { CliIo } from "./io.ts";
import { checkedAddress } from "./listen.ts";
import { tlsFilesOf } from "./tls.ts";

/** The module that an executable begins with. */
export const ENTRY = new URL("./embedded_main.ts", import.meta.url);

/** Programs of threads: nothing imports them, so they have to be named. */
const WORKERS: readonly URL[] = [
  new URL("../host/cell_worker.ts", import.meta.url),
  new URL("../host/compile_worker.ts", import.meta.url),
  new URL("../doctor/broken_worker.ts", import.meta.url),
];

/** The part of an address that is a port. */
const PORT = /:[0-9]{1,5}$/;

/** No path is below it, so none is shown as one relative to it. */
const NOWHERE = "\0";

/**
 * What the options of the command line say about an executable: the values
 * for when it runs, by the name of the option.
 *
 * @throws {PulpError} `usage` for an address that is none
 */
export function makingOf(args: ParsedArgs, io: CliIo): Making {
  const [first = args.required("listen"), ...others] = args.list("listen");
  const listen = [
    checkedAddress(first),
    ...others.map((it) => PORT.test(it) ? checkedAddress(it) : hostOnly(it)),
  ];
  // Of a socket Deno wants to know the whole path, wherever it is started.
  const ctl = args.list("ctl").map((path) => resolvePath(io.cwd, path));
  const given = ["tls-cert", "tls-key", "ext", "target"]
    .map((name) => [name, args.list(name)] as const);
  const options = [
    ["listen", [...new Set(listen)]] as const,
    ["storage-root", storageRoots(args)] as const,
    ["ctl", ctl] as const,
    ...given,
  ].filter(([, values]) => values.length > 0);
  return {
    manifests: args.operands,
    output: args.text("output") ?? "",
    options: Object.fromEntries(options),
  };
}

function storageRoots(args: ParsedArgs): readonly string[] {
  const given = args.list("storage-root");
  return given.length === 0 ? [args.required("storage-root")] : given;
}

/** A host without a port, which stands for all of its ports. */
function hostOnly(host: string): string {
  return checkedAddress(`${host}:0`).replace(PORT, "");
}

/**
 * What an executable has to be granted: for each address and each storage
 * root that it was made for what `run` needs, without what is inside of it.
 * Relative paths stay relative: they begin where it is started.
 *
 * @throws {DeniedError} `manifest` when a manifest declares what nothing offers
 */
export function executableNeeds(
  specs: readonly CellSpec[],
  registry: Registry,
  args: ParsedArgs,
  { options }: Making,
  io: CliIo,
): HostingNeeds {
  const tls = tlsFilesOf(args, io);
  const ctl = options["ctl"]?.[0];
  const envs = (options["listen"] ?? []).flatMap((listen) =>
    (options["storage-root"] ?? []).map((root): HostEnv => ({
      listen,
      storageRoot: resolvePath(io.cwd, root),
      ...tls,
    }))
  );
  const needs = envs.flatMap((env) =>
    hostingNeeds(specs, registry, env, ctl === undefined ? {} : { ctl }).needs
  ).filter((need) => hostRow(need.capability)?.packed !== true);
  const typed = ["storage-root", "tls-cert", "tls-key"]
    .flatMap((name) => options[name] ?? []);
  return {
    needs: unique(needs).map((need) => asTyped(need, typed, io.cwd)),
    closed: closedNet(needs),
  };
}

/** The flags of Deno that grant what an executable needs. */
export function executableFlags(needs: HostingNeeds): string[] {
  return hostingFlags(needs, NOWHERE);
}

/** Every file that has to be named to `deno compile`; what modules import follows by itself. */
export function includedFiles(
  specs: readonly CellSpec[],
  args: ParsedArgs,
  io: CliIo,
): string[] {
  const { extensions = [] } = extensionsOf(args, io);
  return [
    ...WORKERS.map((url) => fromFileUrl(url)),
    ...specs.flatMap((spec) => [spec.manifestPath, spec.wasmPath]),
    ...extensions.map((url) => fromFileUrl(url)),
  ];
}

/**
 * A file as a URL relative to the entry module, as which it is found in an
 * executable as well.
 *
 * @throws {PulpError} `usage` when no relative path leads there: it is on
 * another drive
 */
export function fromEntry(path: string): string {
  const way = relative(dirname(fromFileUrl(ENTRY)), path);
  if (isAbsolutePath(way)) {
    throw new PulpError(
      "usage",
      `Cannot compile "${path}": it is on another drive than this program`,
    );
  }
  return way.split(SEPARATOR).map(encodeURIComponent).join("/");
}

/** A permission for a path that was given relative, relative again. */
function asTyped(
  need: HostingNeed,
  typed: readonly string[],
  cwd: string,
): HostingNeed {
  const { kind, target } = need.request;
  if (kind !== "read" && kind !== "write" || target === undefined) return need;
  for (const path of typed) {
    if (isAbsolutePath(path)) continue;
    const whole = resolvePath(cwd, path);
    if (target !== whole && !target.startsWith(whole + SEPARATOR)) continue;
    const short = path.replace(/^(?:\.[\\/]+)+/, "").replace(/[\\/]+$/, "");
    const rest = target.slice(whole.length);
    // Of "./" nothing is left, and of "." nothing may be.
    const isHere = short === "" || short === ".";
    const shown = isHere ? rest.slice(1) || "." : short + rest;
    return { ...need, request: { ...need.request, target: shown } };
  }
  return need;
}

function unique(needs: readonly HostingNeed[]): HostingNeed[] {
  const seen = new Map(needs.map((need) => [JSON.stringify(need), need]));
  return [...seen.values()];
}
