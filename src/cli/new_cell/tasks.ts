/**
 * The `deno.json` of a new cell: the tasks with which it is built and used.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { builtinRegistry } from "../../capabilities/builtin.ts";
import { controlPermissions } from "../../host/control/access.ts";
import { LIMITS } from "../../limits.ts";
import { parseManifest } from "../../manifest/parse.ts";
import { resolvePath } from "../../manifest/paths.ts";
import type { PermissionRequest } from "../../permissions/request.ts";
import { leastFlags } from "../command_line.ts";
import { CONTROL_DEFAULT } from "../control_path.ts";
import type { CliIo } from "../io.ts";
import type { LanguageTemplate } from "./language.ts";

/** Where the tests of a cell keep its data, beside `data`. */
const TEST_DATA = "test-data";

/** What tasks depend on. */
export interface TaskFields {
  /** Absolute path of the project. */
  readonly folder: string;
  /** The text of the manifest. */
  readonly manifest: string;
  readonly language: LanguageTemplate;
  /** Whether the cell is reached through the listener of the host. */
  readonly listens: boolean;
  /** Whether the tests open a connection themselves. */
  readonly connects: boolean;
}

/** The text of `deno.json`. */
export function denoJson(
  fields: TaskFields,
  io: Pick<CliIo, "mainModule">,
): string {
  const { language, listens, connects } = fields;
  // A call opens the listener, too, and the port may be taken.
  const anyPort = listens ? " --listen=127.0.0.1:0" : "";
  const net = connects ? " --allow-net=127.0.0.1" : "";
  const tasks = {
    build: {
      description: `Makes cell.wasm of ${language.source}`,
      command: buildCommand(language),
    },
    call: {
      description: "Calls a function of the cell: a name and JSON",
      command: `deno task --quiet pulp call${anyPort} .`,
    },
    start: {
      description: "Builds the cell and hosts it until Ctrl-C",
      command: "deno task --quiet pulp run .",
      dependencies: ["build"],
    },
    test: {
      description: "Builds the cell and tests it",
      command: `deno test --no-prompt --allow-run${net} cell_test.ts`,
      dependencies: ["build"],
    },
    pulp: {
      description: "The host, with what Deno has to grant this cell",
      command: hostCommand(fields, io),
    },
  };
  const config = { tasks, ...language.config, nodeModulesDir: "none" };
  return JSON.stringify(config, null, 2) + "\n";
}

/** The shell of `deno task` says of a program that is missing its name, and not what to do. */
function buildCommand({ build, needs, probe }: LanguageTemplate): string {
  return probe === undefined
    ? build
    : `${probe} > /dev/null || (echo 'To build it, install ${needs}' >&2 && exit 1) && ${build}`;
}

/** The program that runs now, with what the cell needs. */
function hostCommand(
  fields: TaskFields,
  { mainModule }: Pick<CliIo, "mainModule">,
): string {
  const main = mainModule.startsWith("file:")
    ? fromFileUrl(mainModule)
    : mainModule;
  const flags = leastFlags(requests(fields), fields.folder);
  return ["deno", "run", "--no-prompt", ...flags, main].map(taskQuote)
    .join(" ");
}

/** A word for the shell of `deno task`, which knows no `\'` outside of quotes. */
function taskQuote(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word)
    ? word
    : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/** What Deno has to grant the cell, where it is used and where it is tested, and its host's control socket. */
function requests(
  { folder, manifest }: TaskFields,
): readonly PermissionRequest[] {
  const spec = parseManifest(manifest, resolvePath(folder, "pulp.cell.toml"));
  const registry = builtinRegistry();
  const places = [
    { listen: LIMITS.listen, storageRoot: "data" },
    { listen: "127.0.0.1:0", storageRoot: TEST_DATA },
  ];
  const needed = places.flatMap(({ listen, storageRoot }) => {
    const env = { listen, storageRoot: resolvePath(folder, storageRoot) };
    return registry.verdict(spec, env, () => "granted").capabilities;
  });
  const socket = resolvePath(folder, CONTROL_DEFAULT);
  return [
    { kind: "read", target: folder, reason: "the folder of the manifest" },
    // For a comma in it Deno would have to grant the whole of net.
    ...(socket.includes(",") ? [] : controlPermissions(socket)),
    ...needed.flatMap((row) => row.permissions).map((it) => it.request),
  ];
}
