/**
 * The table of commands. Only the module of the command in use is loaded.
 *
 * @module
 */

import { LOG_LEVELS } from "../logger.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";

const STORAGE_ROOT: OptionSpec = {
  name: "storage-root",
  value: "folder",
  summary: "Folder below which each cell keeps its data",
  default: "./data",
};

const LISTEN: OptionSpec = {
  name: "listen",
  value: "host:port",
  summary: "Address of the HTTP listener; port 0 is any free port",
  default: "127.0.0.1:8080",
};

function logOptions(level: string): OptionSpec[] {
  return [
    {
      name: "log-level",
      value: "level",
      summary: "The lowest level to log, on standard error",
      choices: LOG_LEVELS,
      default: level,
    },
    {
      name: "log-format",
      value: "format",
      summary: "How records look; pretty on a terminal, else logfmt",
      choices: ["logfmt", "pretty", "json"],
    },
  ];
}

const RUN: CommandSpec = {
  name: "run",
  summary: "Host cells until SIGINT or SIGTERM",
  usage: "[options] <manifest>...",
  operands: { min: 0, max: Infinity },
  operandNames: ["<manifest>"],
  description: [
    "Starts the cells in the order of their dependencies, serves until SIGINT or SIGTERM asks it to stop, and shuts down in reverse order. A second signal ends it at once.",
    "Nothing of a cell is compiled or run before Deno was asked for each permission that the manifests call for. If one is missing, a table says which, and the whole command line to run instead follows.",
  ],
  options: [
    LISTEN,
    STORAGE_ROOT,
    ...logOptions("info"),
    {
      name: "manifest",
      value: "manifest,...",
      summary: "The same as the arguments, for old scripts",
      repeatable: true,
    },
    {
      name: "http-port",
      value: "port",
      summary: "The same as --listen 127.0.0.1:<port>, for old scripts",
      integer: { min: 0, max: 65535 },
    },
  ],
  examples: [
    ["run cells/notes", "one cell, on port 8080"],
    ["run --listen 127.0.0.1:0 cells/notes", "on any free port"],
    ["run cells/hello cells/notes", "a set of cells"],
  ],
  load: () => import("./commands/run.ts"),
};

const CALL: CommandSpec = {
  name: "call",
  summary: "Call one function of a cell, once",
  usage: "[options] <manifest> <function> [JSON|-]",
  operands: { min: 2, max: 3 },
  operandNames: ["<manifest>", "<function>"],
  description: [
    'Loads the cell, calls pulp_init and the function, prints what it answers on standard output and shuts the cell down. The argument is JSON, "-" reads it from standard input, none is an empty argument. Integers of 64 bits are exact both ways; bytes are {"$bytes": "<base64>"}.',
    "The answer is JSON in one line, indented on a terminal; an empty answer prints nothing. With --raw the argument is handed over and the answer is printed as bytes, as they are.",
  ],
  options: [
    {
      name: "raw",
      summary: "Bytes instead of JSON, both ways",
    },
    LISTEN,
    STORAGE_ROOT,
    ...logOptions("warn"),
  ],
  examples: [
    [`call cells/hello greet '{"name":"Ada"}'`, "JSON in, JSON out"],
    ["call cells/hello greet - < ada.json", "JSON from a file"],
    ["call --raw cells/hello greet - < in > out", "bytes"],
  ],
  load: () => import("./commands/call.ts"),
};

const STEP: CommandSpec = {
  name: "step",
  summary: "Step a cell by hand",
  usage: "[options] <manifest>",
  operands: { min: 1, max: 1 },
  operandNames: ["<manifest>"],
  description: [
    "Loads the cell, calls pulp_init, then pulp_step as often as --count says, and shuts the cell down. Without --event each step is an idle tick. What each step returned is printed on standard output, a number a line.",
  ],
  options: [
    {
      name: "count",
      value: "number",
      summary: "How many steps",
      integer: { min: 1, max: 1_000_000_000 },
      default: "1",
    },
    {
      name: "event",
      value: "kind",
      summary: 'Kind of the event that each step gets, such as "http.request"',
    },
    {
      name: "payload",
      value: "JSON",
      summary:
        'Payload of the event; "-" reads it from standard input; {} if none',
    },
    LISTEN,
    STORAGE_ROOT,
    ...logOptions("warn"),
  ],
  examples: [
    ["step --count 3 cells/hello", "three idle ticks"],
    [`step --event tick --payload '{"n":1}' cells/hello`, "one event"],
  ],
  load: () => import("./commands/step.ts"),
};

const CHECK: CommandSpec = {
  name: "check",
  summary: "Check manifests, modules and permissions",
  usage: "[options] <manifest>...",
  operands: { min: 1, max: Infinity },
  operandNames: ["<manifest>"],
  description: [
    'Reads the manifests and the modules, compares imports and exports with the contract, and asks Deno for each permission, as "run" would. Nothing of a cell is run. The exit code is the one with which "run" would refuse, or 0.',
  ],
  options: [
    { name: "json", summary: "One JSON object on standard output" },
    LISTEN,
    STORAGE_ROOT,
  ],
  examples: [
    ["check cells/notes", "a table for people"],
    ["check --json cells/*", "for scripts"],
  ],
  load: () => import("./commands/check.ts"),
};

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandSpec[] = [RUN, CALL, STEP, CHECK];
