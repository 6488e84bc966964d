/**
 * The commands for those who make cells and ship them: rows of the table.
 *
 * @module
 */

import type { CommandSpec } from "./command.ts";
import { CTL, EXT, LISTEN, STORAGE_ROOT, TLS, WATCH } from "./options.ts";

const INSPECT: CommandSpec = {
  name: "inspect",
  summary: "Show what a module is, and whether it would load",
  usage: "[options] <wasm|manifest>",
  operands: { min: 1, max: 1 },
  operandNames: ["<wasm|manifest>"],
  description: [
    "Shows what a module exports, imports, starts with and was made by, what capability each import belongs to, and every reason why it would not load. Nothing of it is run.",
    'Takes a module, a manifest, or the folder of a cell. With a manifest, what is declared is compared with what is imported; without one, the line that a manifest would need is printed. The exit code is 0 when the module would load, and else 2. What Deno grants plays no part: that is for "check".',
  ],
  options: [
    { name: "json", summary: "One JSON object on standard output" },
    EXT,
  ],
  examples: [
    ["inspect cells/notes", "a cell"],
    ["inspect target/wasm32-wasip1/release/cell.wasm", "a module alone"],
    ["inspect --json cells/hello", "for scripts"],
  ],
  load: () => import("./commands/inspect.ts"),
};

const PERMISSIONS: CommandSpec = {
  name: "permissions",
  summary: "Show the least flags of Deno for hosting cells",
  usage: "[options] <manifest>...",
  operands: { min: 1, max: Infinity },
  operandNames: ["<manifest>"],
  description: [
    'Derives from the manifests, and from the same options, what Deno has to grant so that "run" hosts the set: each permission, why, and which cell asks for it. Where a cell may fetch from any public host, this machine, private networks and metadata services are denied, as far as the set needs nothing there.',
    "Nothing of a cell is read but its manifest, and Deno is not asked for what it grants. Deno has to let the manifests be read, and the extensions, which say what they need.",
    'With --write the set is put into a deno.json, for "deno run -P=<name>". Nothing else in that file changes. Without --config it is the deno.json here, else the deno.jsonc, else a new deno.json. Deno has to let that file be read and written, and the same name with ".new" behind it, which takes its place once it is whole.',
  ],
  options: [
    {
      name: "format",
      value: "format",
      summary:
        "A table; flags for a line; a set for a deno.json; all of it as JSON",
      choices: ["table", "flags", "deno-json", "json"],
      default: "table",
    },
    {
      name: "name",
      value: "name",
      summary:
        'Name of the set; else that of the cell, or "pulp" for several cells',
    },
    { name: "write", summary: "Put the set into a deno.json" },
    {
      name: "config",
      value: "file",
      summary: "The deno.json; paths in the set are relative to its folder",
    },
    { name: "force", summary: "Replace another set of that name" },
    LISTEN,
    ...TLS,
    STORAGE_ROOT,
    EXT,
    WATCH,
    CTL,
    {
      name: "without-ctl",
      summary: "Leave the control socket out; a host goes on without it",
    },
  ],
  examples: [
    ["permissions cells/notes", "what, why, which cell"],
    ["permissions --format flags cells/notes", 'to paste after "deno run"'],
    ["permissions --write --name notes cells/notes", "for deno run -P=notes"],
  ],
  load: () => import("./commands/permissions.ts"),
};

/** The platforms that Deno compiles for. */
export const TARGETS: readonly string[] = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-pc-windows-msvc",
  "aarch64-pc-windows-msvc",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
];

const COMPILE: CommandSpec = {
  name: "compile",
  summary: "Make one executable of a set of cells",
  usage: "[options] -o <file> <manifest>...",
  operands: { min: 1, max: Infinity },
  operandNames: ["<manifest>"],
  description: [
    "Puts the manifests, the modules, the extensions and this host into one file, by way of deno compile, with the permissions that hosting the set takes and no others. Prints what is inside, what it may do, and its size.",
    "The executable hosts the cells when it is started. It has the same commands, for its own cells: call, step, check, doctor, ps, stop. Its --listen and --storage-root take the values that are given here; a path that is relative begins where it is started.",
    "Deno gets denort, the runtime of executables, from the network, once for each platform. Where that can't be, DENORT_BIN names the file.",
  ],
  options: [
    {
      name: "output",
      short: "o",
      value: "file",
      summary: "The executable",
    },
    { name: "force", summary: "Overwrite an executable that is there" },
    {
      name: "target",
      value: "platform",
      summary: "The platform that it runs on; this one if none is given",
      choices: TARGETS,
    },
    {
      ...LISTEN,
      summary:
        "Address of its HTTP listener, and others that it may be told to use; one of those without a port is all of its ports",
      repeatable: true,
    },
    {
      ...STORAGE_ROOT,
      summary:
        "Folder for its cells' data, and others that it may be told to use",
      repeatable: true,
    },
    ...TLS,
    EXT,
    {
      name: "ctl",
      value: "path",
      summary: "Its control socket; none if not given",
    },
    { name: "json", summary: "One JSON object on standard output" },
  ],
  examples: [
    ["compile cells/hello -o hello", "./hello call greet"],
    ["compile --listen 0.0.0.0:80 cells/notes -o notes", "./notes serves it"],
    ["compile --ctl notes.ctl cells/notes -o notes", "with ps and stop"],
  ],
  load: () => import("./commands/compile.ts"),
};

/** What to do for languages that "new" does not have, or not by that name. */
export const LANGUAGE_HINTS: Readonly<Record<string, string>> = {
  as: 'did you mean "assemblyscript"?',
  ts: 'did you mean "assemblyscript"?',
  typescript: 'did you mean "assemblyscript"?',
  golang: 'did you mean "go"?',
  rust: "docs/writing_a_cell.md has a cell in Rust, and how it is built",
};

const NEW: CommandSpec = {
  name: "new",
  summary: "Make a cell to begin with",
  usage: "[options] <folder>",
  operands: { min: 1, max: 1 },
  operandNames: ["<folder>"],
  description: [
    "Makes a cell that builds, runs and has a test: a manifest, a source with an example of each capability, a deno.json with tasks, and a README with the commands. The folder is new or empty; nothing is overwritten.",
    "Without any flags it asks, on a terminal. Deno has to let the folder be read and written.",
    "Capabilities: storage.sqlite, storage.fs, transport.http.inbound, transport.http.outbound, transport.ws.inbound, transport.sse, network.udp, spawn.process, entropy.read, log.write.",
  ],
  options: [
    {
      name: "lang",
      value: "language",
      summary: "Language of the cell",
      choices: ["assemblyscript", "go", "c", "wat"],
      hints: LANGUAGE_HINTS,
    },
    {
      name: "capabilities",
      value: "capability,...",
      summary: "What the cell asks of the host; nothing if none are given",
      repeatable: true,
    },
    {
      name: "name",
      value: "name",
      summary: "Name of the cell; that of the folder if none is given",
    },
  ],
  examples: [
    ["new greeter", "asks for the rest"],
    ["new files --lang go --capabilities storage.fs", "asks for nothing"],
  ],
  load: () => import("./commands/new.ts"),
};

/** In the order of the help. */
export const AUTHORING: readonly CommandSpec[] = [
  NEW,
  PERMISSIONS,
  COMPILE,
  INSPECT,
];
