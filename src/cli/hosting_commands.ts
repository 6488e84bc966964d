/**
 * The commands for those who host cells: rows of the table. An executable has
 * them, too, and nothing that other rows load.
 *
 * @module
 */

import { LIMITS } from "../limits.ts";
import type { CommandSpec, OptionSpec } from "./command.ts";
import {
  CTL,
  EXT,
  LISTEN,
  logOptions,
  STORAGE_ROOT,
  TLS,
  WATCH,
} from "./options.ts";

const CLIENT_OPTIONS: readonly OptionSpec[] = [
  CTL,
  {
    name: "timeout",
    value: "seconds",
    summary: "How long to wait for the host",
    integer: { min: 1, max: 86_400 },
    default: String(LIMITS.controlAnswerMs / 1000),
  },
];

const CLIENT_NEEDS =
  "It talks to the host through its control socket, a Unix socket for which Deno has to grant reading, writing and net. PULP_CTL_SOCK is taken into account when Deno lets it be read.";

const RUN: CommandSpec = {
  name: "run",
  summary: "Host cells until SIGINT or SIGTERM",
  usage: "[options] <manifest>...",
  operands: { min: 0, max: Infinity },
  operandNames: ["<manifest>"],
  description: [
    "Starts the cells in the order of their dependencies, serves until SIGINT or SIGTERM asks it to stop, and shuts down in reverse order. Another signal, or the same one over a second later, ends it at once.",
    "Nothing of a cell is compiled or run before Deno was asked for each permission that the manifests call for. If one is missing, a table says which, and the whole command line to run instead follows.",
    "With --watch, a cell is reloaded when its module was built anew or its manifest was edited; requests in between wait. What can't be used is logged with the reason, and the old one runs on. Deno has to let the folders of manifests and modules be read.",
    "Where Deno grants reading, writing and net for the control socket, the host answers ps, stop and reload there, to this user alone. It ends when all of its cells were stopped that way. An empty PULP_CTL_SOCK, where Deno lets it be read, turns the socket off.",
  ],
  options: [
    LISTEN,
    ...TLS,
    STORAGE_ROOT,
    EXT,
    WATCH,
    CTL,
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
    ["run --watch cells/hello", "while you work on it"],
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
    EXT,
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
    EXT,
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
    "What a manifest declares and its module can never use is a warning, and changes nothing else.",
  ],
  options: [
    { name: "json", summary: "One JSON object on standard output" },
    { name: "limits", summary: "Show the limits of the host, too" },
    LISTEN,
    ...TLS,
    STORAGE_ROOT,
    EXT,
    WATCH,
  ],
  examples: [
    ["check cells/notes", "a table for people"],
    ["check --json cells/*", "for scripts"],
  ],
  load: () => import("./commands/check.ts"),
};

const PS: CommandSpec = {
  name: "ps",
  summary: "Show the cells of a running host",
  usage: "[options]",
  operands: { min: 0, max: 0 },
  operandNames: [],
  description: [
    "Prints each cell of a running host, whether it is ready, failed or stopped, and how many steps it began.",
    CLIENT_NEEDS,
  ],
  options: [
    { name: "json", summary: "One JSON object on standard output" },
    ...CLIENT_OPTIONS,
  ],
  examples: [
    ["ps", "the host that was started in this folder"],
    ["ps --json --ctl /run/user/1000/pulp.ctl", "another one, for scripts"],
  ],
  load: () => import("./commands/ps.ts"),
};

const STOP: CommandSpec = {
  name: "stop",
  summary: "Stop a cell of a running host, or the host",
  usage: "[options] <cell> | --all",
  operands: { min: 0, max: 1 },
  operandNames: ["<cell>"],
  description: [
    "Shuts the cell down, and returns when it is. It is not started again, and its routes answer 503. A host of which all cells were stopped ends.",
    CLIENT_NEEDS,
  ],
  options: [
    { name: "all", summary: "Every cell, in reverse order, and the host" },
    ...CLIENT_OPTIONS,
  ],
  examples: [
    ["stop notes", "one cell"],
    ["stop --all", "the host"],
  ],
  load: () => import("./commands/stop.ts"),
};

const RELOAD: CommandSpec = {
  name: "reload",
  summary: "Replace the module of a running cell",
  usage: "[options] <cell>",
  operands: { min: 1, max: 1 },
  operandNames: ["<cell>"],
  description: [
    "Reads the module of the cell from disk again and puts it in the place of the one that runs. It is checked before the old one goes; requests in between wait. If the new one can't be used, the old one runs on.",
    CLIENT_NEEDS,
  ],
  options: CLIENT_OPTIONS,
  examples: [["reload notes", "after notes was built anew"]],
  load: () => import("./commands/reload.ts"),
};

const DOCTOR: CommandSpec = {
  name: "doctor",
  summary: "Try out what is enforced on this machine",
  usage: "[options]",
  operands: { min: 0, max: 0 },
  operandNames: [],
  description: [
    "Runs built-in hostile modules against this host and the Deno that it runs on, and prints for each promise how it was tried, whether it held and how long that took. Each thing is tried the way it would happen: in a cell, in a worker where cells have one.",
    "Takes a few seconds, needs no cell and no network, and leaves nothing behind. What needs a permission that Deno was not given is not tried, nor what Deno would ask about at a terminal; the whole command line to run instead is printed, and the exit code is 3. It is 1 when a promise does not hold.",
  ],
  options: [
    { name: "json", summary: "One JSON object on standard output" },
    {
      name: "scratch",
      value: "folder",
      summary: "Folder in which a temporary one is made and removed again",
      default: Deno.build.os === "windows" ? "." : "/tmp",
    },
  ],
  examples: [
    ["doctor", "what holds, and what to run for the rest"],
    ["doctor --json", "for scripts"],
  ],
  load: () => import("./commands/doctor.ts"),
};

/** In the order of the help. */
export const HOSTING: readonly CommandSpec[] = [
  RUN,
  CALL,
  STEP,
  CHECK,
  DOCTOR,
  PS,
  STOP,
  RELOAD,
];
