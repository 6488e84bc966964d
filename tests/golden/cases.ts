/**
 * The cases of every command, on the example cells.
 *
 * @module
 */

import { WORKER } from "../support/pulp.ts";
import { type Golden, type GoldenCase, PLACE } from "./golden.ts";

const HELLO = ["read=cells/hello"];
const HOSTED = ["read=cells/hello"];

const CTL = `${PLACE}/pulp.ctl`;
const CLIENT = [`read=${CTL}`, `write=${CTL}`, `net=unix:${CTL}`];

/** Two cells in a host with a control socket. */
const TWO_CELLS: Pick<Golden, "cells" | "host"> = {
  cells: ["hello", "notes"],
  host: {
    argv: [
      "run",
      "--listen=127.0.0.1:0",
      `--storage-root=${PLACE}/data`,
      `--ctl=${CTL}`,
      `${PLACE}/cells/hello`,
      `${PLACE}/cells/notes`,
    ],
    allow: [
      `read=${PLACE}`,
      `write=${PLACE}`,
      `net=127.0.0.1,unix:${CTL}`,
    ],
  },
};

/** What the commands that ask a host say when there is none. */
function withoutHost(...argv: string[]): GoldenCase[] {
  return [
    {
      shows: "No host runs there",
      argv: [...argv, "--ctl", `${PLACE}/none.ctl`],
      allow: [
        `read=${PLACE}/none.ctl`,
        `write=${PLACE}/none.ctl`,
        `net=unix:${PLACE}/none.ctl`,
      ],
    },
    {
      shows: "Nothing is granted",
      argv: [...argv, "--ctl", "some.ctl"],
    },
  ];
}

/** By the names of the commands. */
export const GOLDEN: Readonly<Record<string, Golden>> = {
  run: {
    files: {
      "unknown.toml":
        'name = "unknown"\nversion = "1.0.0"\ncapabilities = ["storage.sqlight"]\n',
    },
    cases: [
      {
        shows: "A host begins, and ends when it is asked to",
        argv: ["run", "cells/hello"],
        allow: HOSTED,
        until: /msg="step heartbeat"/,
      },
      {
        shows: "A permission is missing",
        argv: ["run", "cells/notes"],
        allow: ["read=cells/notes"],
      },
      {
        shows: "Not even the manifest can be read",
        argv: ["run", "cells/hello", "cells/notes"],
        allow: HELLO,
      },
      {
        shows: "The error is a record where the log is JSON",
        argv: ["run", "--log-format", "json", "cells/hello"],
      },
      {
        shows: "A capability has another name",
        argv: ["run", `${PLACE}/unknown.toml`],
        allow: [`read=${PLACE}`],
      },
      { shows: "No manifest is named", argv: ["run"] },
      {
        shows: "An option has another name",
        argv: ["run", "--lisen=127.0.0.1:0", "cells/hello"],
      },
      {
        shows: "The value of an option is none of its choices",
        argv: ["run", "--log-format", "jsn", "cells/hello"],
      },
    ],
  },
  call: {
    cases: [
      {
        shows: "JSON in, JSON out",
        argv: ["call", "cells/hello", "greet", '{"name":"Ada"}'],
        allow: HELLO,
      },
      {
        shows: "JSON from standard input",
        argv: ["call", "cells/hello", "greet", "-"],
        allow: HELLO,
        stdin: '{"name":"Grace"}\n',
      },
      {
        shows: "The cell has no such function",
        argv: ["call", "cells/hello", "gret"],
        allow: HELLO,
      },
      {
        shows: "What is given is not JSON",
        argv: ["call", "cells/hello", "greet", "{name: Ada}"],
        allow: HELLO,
      },
      {
        shows: "A permission is missing",
        argv: ["call", "cells/hello", "greet"],
      },
      {
        shows: "There is no such cell",
        argv: ["call", "cells/nobody", "greet"],
        allow: ["read=cells"],
      },
      { shows: "An argument is missing", argv: ["call", "cells/hello"] },
    ],
  },
  step: {
    cases: [
      {
        shows: "Three idle ticks, and what each returned",
        argv: ["step", "--count", "3", "cells/hello"],
        allow: HELLO,
      },
      {
        shows: "An event with a payload",
        argv: ["step", "--event", "tick", "--payload", "-", "cells/hello"],
        allow: HELLO,
        stdin: '{"n":1}',
      },
      {
        shows: "A payload without an event",
        argv: ["step", "--payload", "{}", "cells/hello"],
        allow: HELLO,
      },
      {
        shows: "A number that is none",
        argv: ["step", "--count", "many", "cells/hello"],
      },
    ],
  },
  check: {
    cases: [
      {
        shows: "Nothing is missing",
        argv: ["check", "cells/hello"],
        allow: HOSTED,
      },
      {
        shows: "A permission is missing",
        argv: ["check", "cells/notes"],
        allow: ["read=cells/notes"],
      },
      {
        shows: "The same, for scripts",
        argv: ["check", "--json", "cells/notes"],
        allow: ["read=cells/notes"],
      },
      {
        shows: "There is no such manifest",
        argv: ["check", "cells/nobody"],
        allow: ["read=cells"],
      },
      { shows: "No manifest is named", argv: ["check"] },
    ],
  },
  doctor: {
    cases: [
      {
        shows: "Everything is tried, and holds",
        argv: ["doctor", "--scratch", PLACE],
        allow: [
          `read=${PLACE},${WORKER}`,
          `write=${PLACE}`,
          "net=127.0.0.1",
          "env=PULP_DOCTOR",
          "run=ln",
        ],
      },
      { shows: "It takes no argument", argv: ["doctor", "cells/hello"] },
    ],
  },
  ps: {
    ...TWO_CELLS,
    cases: [
      { shows: "Two cells", argv: ["ps", "--ctl", CTL], allow: CLIENT },
      {
        shows: "The same, for scripts",
        argv: ["ps", "--json", "--ctl", CTL],
        allow: CLIENT,
      },
      ...withoutHost("ps"),
    ],
  },
  stop: {
    ...TWO_CELLS,
    cases: [
      {
        shows: "There is no such cell",
        argv: ["stop", "--ctl", CTL, "nots"],
        allow: CLIENT,
      },
      {
        shows: "One cell",
        argv: ["stop", "--ctl", CTL, "notes"],
        allow: CLIENT,
      },
      {
        shows: "It is stopped, and the other one is not",
        argv: ["ps", "--ctl", CTL],
        allow: CLIENT,
      },
      {
        shows: "The host",
        argv: ["stop", "--ctl", CTL, "--all"],
        allow: CLIENT,
      },
      {
        shows: "It has ended",
        argv: ["stop", "--ctl", CTL, "--all"],
        allow: CLIENT,
      },
      { shows: "Nothing is named", argv: ["stop"] },
      { shows: "Both are named", argv: ["stop", "--all", "notes"] },
      ...withoutHost("stop", "notes"),
    ],
  },
  reload: {
    ...TWO_CELLS,
    cases: [
      {
        shows: "The module of a cell",
        argv: ["reload", "--ctl", CTL, "notes"],
        allow: CLIENT,
      },
      {
        shows: "There is no such cell",
        argv: ["reload", "--ctl", CTL, "helo"],
        allow: CLIENT,
      },
      { shows: "Nothing is named", argv: ["reload"] },
      ...withoutHost("reload", "notes"),
    ],
  },
  compile: {
    files: { "notes.txt": "buy milk\n" },
    cases: [
      {
        shows: "An executable is made, on a stand-in for Deno's runtime",
        argv: ["compile", "cells/notes", "cells/hello", "-o", `${PLACE}/app`],
        allow: [`read=cells,${PLACE}/app`, "run=deno"],
        env: { DENORT_BIN: Deno.execPath() },
      },
      {
        shows: "There is one already",
        argv: ["compile", "cells/hello", "-o", `${PLACE}/app`],
        allow: [`read=cells,${PLACE}/app`, "run=deno"],
      },
      {
        shows: "There is another file",
        argv: ["compile", "--force", "cells/hello", "-o", `${PLACE}/notes.txt`],
        allow: [`read=cells,${PLACE}/notes.txt`, "run=deno"],
      },
      {
        shows: "Deno can't get its runtime",
        argv: ["compile", "--json", "cells/hello", "-o", `${PLACE}/other`],
        allow: [`read=cells,${PLACE}/other`, "run=deno"],
        env: { DENORT_BIN: "/nonexistent/denort" },
      },
      {
        shows: "Nothing is granted",
        argv: ["compile", "cells/hello", "-o", "app"],
      },
      { shows: "No output is named", argv: ["compile", "cells/hello"] },
    ],
  },
  permissions: {
    cases: [
      {
        shows: "What, why, and which cell asks for it",
        argv: ["permissions", "--without-ctl", "cells/notes"],
        allow: ["read=cells/notes"],
      },
      {
        shows: "Flags alone",
        argv: ["permissions", "--format", "flags", "cells/hello"],
        allow: HELLO,
      },
      {
        shows: "For scripts",
        argv: ["permissions", "--format", "json", "cells/hello"],
        allow: HELLO,
      },
      {
        shows: "A format has another name",
        argv: ["permissions", "--format", "flag", "cells/hello"],
      },
      {
        shows: "The manifest can't be read",
        argv: ["permissions", "cells/hello"],
      },
    ],
  },
  inspect: {
    files: { "text.wasm": "not a module" },
    cases: [
      {
        shows: "A cell",
        argv: ["inspect", "cells/notes"],
        allow: ["read=cells/notes"],
      },
      {
        shows: "A module alone, for scripts",
        argv: ["inspect", "--json", "cells/hello/cell.wasm"],
        allow: ["read=cells/hello/cell.wasm"],
      },
      {
        shows: "What is no module",
        argv: ["inspect", `${PLACE}/text.wasm`],
        allow: [`read=${PLACE}`],
      },
      {
        shows: "A permission is missing",
        argv: ["inspect", "cells/hello"],
      },
    ],
  },
  new: {
    cases: [
      {
        shows: "A cell in WebAssembly text",
        argv: ["new", "--lang", "wat", `${PLACE}/first`],
        allow: ["read=cells/sdk", `read=${PLACE}`, `write=${PLACE}`],
      },
      {
        shows: "Nothing is overwritten",
        argv: ["new", "--lang", "go", `${PLACE}/first`],
        allow: ["read=cells/sdk", `read=${PLACE}`, `write=${PLACE}`],
      },
      {
        shows: "A capability has another name",
        argv: [
          "new",
          "--lang",
          "wat",
          "--capabilities",
          "storage.sqlight",
          `${PLACE}/second`,
        ],
        allow: ["read=cells/sdk", `read=${PLACE}`, `write=${PLACE}`],
      },
      {
        shows: "Nothing is asked for where nobody can answer",
        argv: ["new", `${PLACE}/second`],
        allow: ["read=cells/sdk", `read=${PLACE}`, `write=${PLACE}`],
      },
      {
        shows: "A permission is missing",
        argv: ["new", "--lang", "wat", `${PLACE}/second`],
      },
    ],
  },
  completions: {
    cases: [
      {
        shows: "A script that bash can source",
        argv: ["completions", "bash"],
        lines: 1,
      },
      {
        shows: "A function of zsh",
        argv: ["completions", "zsh"],
        lines: 2,
      },
      {
        shows: "A script that fish can source",
        argv: ["completions", "fish"],
        lines: 1,
      },
      { shows: "No shell is named", argv: ["completions"] },
      {
        shows: "A shell that has none",
        argv: ["completions", "fihs"],
      },
    ],
  },
  help: {
    cases: [
      { shows: "One command", argv: ["help", "help"] },
      { shows: "A command has another name", argv: ["help", "chekc"] },
      { shows: "One command at a time", argv: ["help", "run", "call"] },
    ],
  },
};
