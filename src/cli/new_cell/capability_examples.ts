/**
 * What a new cell shows of each capability: functions, permissions, commands.
 *
 * @module
 */

import { PulpError } from "../../errors.ts";
import { nearest } from "../../nearest.ts";

/** What a new cell shows of one capability. */
export interface CapabilityExample {
  /** What it gives a cell, in a few words. */
  readonly summary: string;
  /** Functions that the cell then provides. */
  readonly provides?: readonly string[];
  /** Items of `[permissions]`, each with what it is for. */
  readonly permissions?: readonly PermissionExample[];
  /** Lines of `[config]`. */
  readonly config?: readonly string[];
  /** Command lines that show it, each with what it does. */
  readonly shows: readonly (readonly [command: string, does: string])[];
  /** Whether the cell keeps something in a folder of its own. */
  readonly stores?: true;
  /** Whether it is reached through the listener of the host. */
  readonly listens?: true;
}

/** One item of a list of `[permissions]`. */
export interface PermissionExample {
  readonly key: "net" | "run";
  readonly item: string;
  readonly comment: string;
}

/**
 * Each capability that the host offers, in the order of the documentation.
 * Calls of siblings are not among them: nobody declares those.
 */
export const EXAMPLES: Readonly<Record<string, CapabilityExample>> = {
  "storage.sqlite": {
    summary: "a SQLite database of its own",
    provides: ["visit"],
    shows: [[`deno task call visit '{"page":"home"}'`, "counts in SQLite"]],
    stores: true,
  },
  "storage.fs": {
    summary: "files in a folder of its own",
    provides: ["remember", "recall"],
    shows: [
      [`deno task call remember '{"text":"milk"}'`, "writes a file"],
      ["deno task call recall", "reads it"],
    ],
    stores: true,
  },
  "transport.http.inbound": {
    summary: "answers HTTP requests",
    shows: [["curl http://127.0.0.1:8080/", "is answered"]],
    listens: true,
  },
  "transport.http.outbound": {
    summary: "makes HTTP requests",
    provides: ["fetch"],
    permissions: [{
      key: "net",
      item: "example.com:443",
      comment:
        "a host to fetch from; without any list, every public host is one",
    }],
    shows: [[
      `deno task call fetch '{"url":"https://example.com/"}'`,
      "makes a request",
    ]],
  },
  "transport.ws.inbound": {
    summary: "talks to WebSocket clients",
    shows: [["ws://127.0.0.1:8080/ws", "sends back what it gets"]],
    listens: true,
  },
  "transport.sse": {
    summary: "sends events to clients that listen",
    shows: [["curl -N http://127.0.0.1:8080/events", "is told the time"]],
    listens: true,
  },
  "network.udp": {
    summary: "receives and sends UDP packets",
    permissions: [{
      key: "net",
      item: "127.0.0.1",
      comment: "where packets are taken, and whom they are sent to",
    }],
    config: ['addr = "127.0.0.1:7007"'],
    shows: [["echo hello | nc -u -w1 127.0.0.1 7007", "gets it back"]],
  },
  "spawn.process": {
    summary: "starts programs of the machine",
    permissions: [{
      key: "run",
      item: "whoami",
      comment: "a program that may be started; without a list, none is",
    }],
    shows: [],
    stores: true,
  },
  "entropy.read": {
    summary: "random bytes",
    provides: ["token"],
    shows: [["deno task call token", "answers random bytes"]],
  },
  "log.write": {
    summary: "records in the host's log",
    shows: [],
  },
};

/** The names of {@linkcode EXAMPLES}. */
export const CAPABILITIES: readonly string[] = Object.keys(EXAMPLES);

/** The examples of capabilities that are known. */
export function examplesOf(
  capabilities: readonly string[],
): readonly CapabilityExample[] {
  return capabilities.flatMap((name) => EXAMPLES[name] ?? []);
}

/**
 * Takes capabilities as a person writes them: with commas or blanks between,
 * and repeats among them.
 *
 * @throws {PulpError} `usage` for one that is blank or unknown, with the near miss
 */
export function parseCapabilities(texts: readonly string[]): readonly string[] {
  const names = texts.flatMap((text) => text.split(","))
    .flatMap((part) => part.trim().toLowerCase().split(/\s+/));
  for (const name of names) {
    if (Object.hasOwn(EXAMPLES, name)) continue;
    if (name === "") {
      throw new PulpError(
        "usage",
        "Cannot use the capabilities: one of them is blank",
        { hint: "write them with a comma between each two" },
      );
    }
    throw unknown(name);
  }
  return [...new Set(names)];
}

function unknown(name: string): PulpError {
  if (name === "pulp.sibling") {
    return new PulpError(
      "usage",
      `Cannot ask for "${name}": every cell has it`,
      {
        hint: 'name the other cell in "consumes" of the manifest',
      },
    );
  }
  const near = nearest(name, CAPABILITIES);
  // "sqlite" is too far from its whole name to be a slip.
  const alike = near === undefined
    ? CAPABILITIES.filter((known) => known.split(".").includes(name))
    : [near];
  const mean = alike.length === 0
    ? ""
    : ` (did you mean ${alike.map((it) => `"${it}"`).join(" or ")}?)`;
  return new PulpError("usage", `Unknown capability "${name}"${mean}`, {
    hint: `there are ${CAPABILITIES.join(", ")}`,
  });
}
