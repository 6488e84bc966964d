/**
 * `compile`: a set of cells as one executable.
 *
 * @module
 */

import { basename, fromFileUrl } from "@std/path";
import { type CellModule, openModule } from "../../cell/cell_module.ts";
import { validateCell } from "../../cell/compile.ts";
import { EXIT, PulpError } from "../../errors.ts";
import { resolvePath } from "../../manifest/paths.ts";
import { readManifest } from "../../manifest/parse.ts";
import { orderSet } from "../../manifest/set.ts";
import type { CellSpec } from "../../manifest/spec.ts";
import {
  descriptorOf,
  type PermissionRequest,
} from "../../permissions/request.ts";
import {
  extensionsOf,
  isReadable,
  openRegistry,
  requireManifests,
} from "../cell_set.ts";
import type { Invocation } from "../command.ts";
import { leastFlags } from "../command_line.ts";
import {
  compileJson,
  compileText,
  type Executable,
  type PackedFile,
} from "../compile_report.ts";
import { denoCompile, grantedDeno, replaceFile } from "../deno_compile.ts";
import { type EmbeddedSet, encodeSet } from "../embedded_set.ts";
import { placeFor } from "../executable_file.ts";
import {
  ENTRY,
  executableFlags,
  executableNeeds,
  fromEntry,
  includedFiles,
  makingOf,
} from "../executable_plan.ts";
import { Progress } from "../progress.ts";
import { RefusedError } from "../refused.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  requireManifests(args.operands);
  requireSource(invocation);
  const made = await compiled(invocation);
  io.stdout.write(
    args.has("json") ? compileJson(made) : compileText(made, io),
  );
  return EXIT.ok;
}

async function compiled(invocation: Invocation): Promise<Executable> {
  const { args, io } = invocation;
  const making = makingOf(args, io);
  const target = args.text("target") ?? Deno.build.target;
  const output = outputOf(making.output, target, io.cwd);
  const deno = await requireGranted(invocation, ownNeeds(invocation, output));
  const { extensions = [] } = extensionsOf(args, io);
  const registry = await openRegistry({ extensions });
  const specs = await Promise.all(args.operands.map(readManifest));
  orderSet(specs);
  const needs = executableNeeds(specs, registry, args, making, io);
  await requireGranted(invocation, [
    ...ownNeeds(invocation, output),
    ...specs.map((spec) => reading(spec.wasmPath, "the module")),
  ]);
  const modules: CellModule[] = [];
  for (const spec of specs) {
    const module = await openModule(spec, registry);
    validateCell(module, true);
    modules.push(module);
  }
  const place = await placeFor(output, args.has("force"));
  const set: EmbeddedSet = {
    program: basename(output).replace(/\.exe$/i, ""),
    cells: modules.map(({ spec, sha256 }) => embedded(spec, sha256)),
    extensions,
    flags: executableFlags(needs),
    made: making,
  };
  using progress = new Progress(io);
  progress.showIfLong(
    "deno compile is at work; it may have to download denort",
  );
  await denoCompile(deno, {
    flags: set.flags,
    files: includedFiles(specs, args, io),
    argument: encodeSet(set, fromEntry),
    output: place,
    target,
  }, (line) => progress.show(line));
  if (place !== output) await replaceFile(deno, place, output);
  const { size: bytes } = await Deno.stat(output);
  const files = await packed(modules, extensions);
  return { output, bytes, target, set, files, needs };
}

/** Refuses where there is nothing to compile: in an executable, or without files. */
function requireSource({ io }: Invocation): void {
  if (io.standalone) {
    throw new PulpError(
      "usage",
      "Cannot compile: this is an executable that was compiled",
      { hint: 'compile with "deno run main.ts compile" in a clone' },
    );
  }
  if (ENTRY.protocol !== "file:") {
    throw new PulpError(
      "usage",
      `Cannot compile: this program was loaded from ${ENTRY.origin}, and not from files`,
      { hint: "run it from a clone" },
    );
  }
}

function embedded(
  spec: CellSpec,
  sha256: string,
): EmbeddedSet["cells"][number] {
  const { name, version, provides, manifestPath, wasmPath } = spec;
  return {
    name,
    version,
    provides,
    manifest: manifestPath,
    wasm: wasmPath,
    sha256,
  };
}

/** Windows starts nothing without an ending, so Deno adds one. */
function outputOf(named: string, target: string, cwd: string): string {
  if (named === "") {
    throw new PulpError("usage", 'Cannot compile: "--output" is missing', {
      hint: "-o names the executable: pulp compile <manifest>... -o app",
    });
  }
  const path = resolvePath(cwd, named);
  return target.includes("windows") && !/\.exe$/i.test(path)
    ? `${path}.exe`
    : path;
}

function reading(target: string, reason: string): PermissionRequest {
  return { kind: "read", target, reason };
}

/** What the command needs of Deno besides the modules, which manifests name. */
function ownNeeds(
  { args, io }: Invocation,
  output: string,
): PermissionRequest[] {
  const { extensions = [] } = extensionsOf(args, io);
  return [
    ...args.operands.map((it) =>
      reading(resolvePath(io.cwd, it), "the manifest")
    ),
    ...extensions.map((url) => reading(fromFileUrl(url), "the extension")),
    reading(output, "the executable"),
    {
      kind: "run",
      target: grantedDeno((it) => io.queryPermission(it)) ?? Deno.execPath(),
      reason: "deno compile",
    },
  ];
}

/** The Deno to compile with. Throws with the whole line to run instead when anything is missing. */
async function requireGranted(
  { args, argv, io }: Invocation,
  requests: readonly PermissionRequest[],
): Promise<string> {
  const deno = grantedDeno((it) => io.queryPermission(it));
  const manifests = new Set(
    args.operands.filter((it) => isReadable(it, io))
      .map((it) => resolvePath(io.cwd, it)),
  );
  const missing = requests.filter((request) =>
    !manifests.has(request.target ?? "") &&
    io.queryPermission(descriptorOf(request)) !== "granted"
  );
  if (missing.length === 0 && deno !== undefined) return deno;
  const { runInstead } = await import("../denied.ts");
  throw new RefusedError(
    `Cannot compile: Deno was not given ${
      leastFlags(missing, io.cwd).join(" ")
    }`,
    `\n${runInstead(requests, argv, io)}`,
  );
}

async function packed(
  modules: readonly CellModule[],
  extensions: readonly string[],
): Promise<PackedFile[]> {
  const size = async (path: string): Promise<number> =>
    (await Deno.stat(path)).size;
  const files: PackedFile[] = [];
  for (const { spec, bytes } of modules) {
    const { name: cell, manifestPath, wasmPath } = spec;
    files.push(
      {
        path: manifestPath,
        kind: "manifest",
        cell,
        bytes: await size(manifestPath),
      },
      { path: wasmPath, kind: "module", cell, bytes: bytes.length },
    );
  }
  for (const url of extensions) {
    const path = fromFileUrl(url);
    files.push({ path, kind: "extension", bytes: await size(path) });
  }
  return files;
}
