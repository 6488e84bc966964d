/**
 * Every check can fail: each is given a host that is broken where it looks.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { decodeHttpFetch } from "../abi/http.ts";
import type { Capability } from "../capabilities/capability.ts";
import { shapesOf } from "../capabilities/contract.ts";
import { logging } from "../capabilities/logging.ts";
import { siblingCalls } from "../capabilities/sibling_calls.ts";
import { sqlite } from "../capabilities/sqlite.ts";
import { load } from "../cell/load.ts";
import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { TempDir } from "../testing/cell_folder.ts";
import { broken } from "./broken_capability.ts";
import { CHECKS, examine } from "./doctor.ts";
import { EmbeddedRegistry, type Parts, REAL_PARTS } from "./parts.ts";

type Sabotage = Partial<Parts>;

const noDeadline: Sabotage = {
  load: (spec, options) => load(spec, { ...options, deadline: false }),
};
const lostLimit: Sabotage = {
  load: (spec, { module, ...options } = {}) => {
    const wide = { ...spec, maxMemoryPages: 4096 };
    return load(wide, { ...options, module: { ...module!, spec: wide } });
  },
};
/** Runs the module as it is. */
const plainModule: Sabotage = {
  load: async (_spec, { module } = {}) => {
    const { instance } = await WebAssembly.instantiate(
      module!.bytes as Uint8Array<ArrayBuffer>,
    );
    const step = instance.exports.pulp_step as (a: number, b: number) => number;
    return {
      ended: undefined,
      step: () => Promise.resolve().then(() => step(0, 0)),
      call: () => Promise.reject(new Error("no calls")),
      close: () => Promise.resolve(),
    };
  },
};
const unlimitedLog = (): Sabotage => {
  let outer: Logger | undefined;
  return {
    registry: () =>
      new EmbeddedRegistry().always({
        ...logging(),
        imports: (cell) => ({
          log_write: (_level = 0, ptr = 0, len = 0) => {
            outer?.log("info", cell.memory.readText(ptr, len) ?? "");
            return 0;
          },
        }),
      }),
    load: (spec, options) => {
      outer = options.logger;
      return load(spec, options);
    },
  };
};
const everythingBound: Sabotage = {
  registry: () =>
    new EmbeddedRegistry().always(logging()).always(siblingCalls()).always(
      sqlite(),
    ),
};

/** Fetches whatever it is asked for. */
const openFetch: Sabotage = withCapability({
  name: "transport.http.outbound",
  stubs: shapesOf("transport.http.outbound"),
  imports: ({ memory }) => ({
    http_fetch: async (ptr = 0, len = 0) => {
      try {
        const { url } = decodeHttpFetch(memory.read(ptr, len)!);
        await (await fetch(url)).body?.cancel();
        return 0;
      } catch {
        return 4;
      }
    },
    http_fetch_begin: () => 4,
    http_fetch_read: () => 4,
    http_fetch_close: () => 0,
  }),
});

/** Runs any statement in whatever file the name leads to. */
const openSql: Sabotage = withCapability({
  name: "storage.sqlite",
  stubs: shapesOf("storage.sqlite"),
  imports: ({ memory, env, spec }) => {
    const exec = (ptr = 0, len = 0): number => {
      try {
        const folder = `${env.storageRoot}/${spec.name}`;
        Deno.mkdirSync(folder, { recursive: true });
        const sql = memory.readText(ptr, len)!;
        // Deno may refuse that by itself.
        const [, copy] = /VACUUM INTO '(.*)'/.exec(sql) ?? [];
        if (copy !== undefined) Deno.writeTextFileSync(copy, "");
        using database = new DatabaseSync(`${folder}/data.db`);
        database.exec(sql);
        return 0;
      } catch {
        return 5;
      }
    };
    return { sqlite_exec: exec, sqlite_query: exec };
  },
});

function withCapability(capability: Capability): Sabotage {
  return {
    registry: () =>
      new EmbeddedRegistry().always(logging()).always(siblingCalls())
        .gated(capability),
  };
}

function hosting(change: (spec: CellSpec) => Partial<CellSpec>): Sabotage {
  return {
    startHost: (specs, options) =>
      REAL_PARTS.startHost(
        specs.map((spec) => ({ ...spec, ...change(spec) })),
        options,
      ),
  };
}
const hostWithoutDeadline = hosting(() => ({ callTimeoutMs: 120_000 }));
const hostWithoutRestart = hosting(() => ({ restart: "never" }));

/** A worker that gets what the capability should not have. */
const wideWorker: Sabotage = {
  broken: () => ({
    ...broken(),
    permissions: () => [
      { kind: "read", reason: "sabotage" },
      { kind: "write", reason: "sabotage" },
      { kind: "net", target: "127.0.0.1", reason: "sabotage" },
      { kind: "env", target: "PULP_DOCTOR", reason: "sabotage" },
      { kind: "run", target: "ln", reason: "sabotage" },
    ],
  }),
};

const SABOTAGE: Readonly<Record<string, Sabotage>> = {
  "deadline.loop": noDeadline,
  "deadline.recursion": noDeadline,
  "recursion.deep": plainModule,
  "deadline.after_host_call": noDeadline,
  "deadline.host_call": noDeadline,
  "deadline.sleep": noDeadline,
  "memory.own": lostLimit,
  "memory.imported": lostLimit,
  "memory.table": plainModule,
  "log.flood": unlimitedLog(),
  "keys.undeclared": everythingBound,
  "egress.literal": openFetch,
  "egress.name": openFetch,
  "egress.loopback": openFetch,
  "egress.redirect": openFetch,
  "paths.sqlite.folder_link": openSql,
  "paths.sqlite.file_link": openSql,
  "paths.sqlite.statements": openSql,
  "paths.sqlite.name": openSql,
  "worker.read": wideWorker,
  "worker.write": wideWorker,
  "worker.net": wideWorker,
  "worker.env": wideWorker,
  "worker.run": wideWorker,
  "worker.worker": wideWorker,
  "host.loop": hostWithoutDeadline,
  "host.memory": hosting(() => ({ maxMemoryPages: 4096 })),
  "host.request_hangs": hostWithoutDeadline,
  "host.request_traps": hostWithoutRestart,
  "host.statement": hostWithoutDeadline,
};

/** Without a deadline these end late or never, which need not be waited for. */
const GIVEN_UP_MS: Readonly<Record<string, number>> = {
  "deadline.host_call": 1_000,
  "host.loop": 6_000,
  "host.request_hangs": 6_000,
  "host.statement": 6_000,
};

Deno.test("every check of the doctor has a sabotage", () => {
  assertEquals(CHECKS.map(({ id }) => id), Object.keys(SABOTAGE));
});

for (const check of CHECKS) {
  Deno.test(`the doctor notices: ${check.id}`, async () => {
    await using scratch = new TempDir();
    const { results } = await examine({
      scratchRoot: scratch.path,
      parts: { ...REAL_PARTS, ...SABOTAGE[check.id] },
      checks: [check],
      mostMs: GIVEN_UP_MS[check.id] ?? 60_000,
    });
    assertEquals(results.map(({ outcome }) => outcome), ["not held"]);
    const isGivenUp = results[0]?.seen.startsWith("nothing came of it");
    assert(!isGivenUp || check.id in GIVEN_UP_MS);
    assertEquals([...Deno.readDirSync(scratch.path)], []);
  });
}

Deno.test("the doctor says what is missing, and asks for nothing else", async () => {
  const { results, needs } = await examine({
    scratchRoot: "/nowhere",
    checks: CHECKS.filter(({ id }) => id.startsWith("host.")),
    query: ({ name }) => name === "read" ? "granted" : "prompt",
  });
  assert(results.every(({ outcome, ms }) => outcome === "not tried" && !ms));
  assertEquals(results[0]?.missing.map(({ kind }) => kind), ["write"]);
  assertEquals(
    [...new Set(needs.map(({ kind }) => kind))],
    ["read", "write", "net"],
  );
});

Deno.test("the doctor provokes no question at a terminal", async () => {
  const { results } = await examine({
    scratchRoot: "/nowhere",
    checks: CHECKS.filter(({ id }) => id.startsWith("worker.")),
    query: () => "granted",
    mayAsk: true,
  });
  assert(results.length > 0);
  for (const { outcome, terminal, missing } of results) {
    assertEquals([outcome, terminal, missing], ["not tried", true, []]);
  }
});

Deno.test("the doctor tries nothing in a folder that is not there", async () => {
  const { results } = await examine({
    scratchRoot: "/nowhere",
    checks: CHECKS.filter(({ id }) => id.startsWith("paths.")),
  });
  assert(results.every(({ outcome }) => outcome === "not tried"));
  assert(results[0]?.seen.startsWith("no folder can be made in /nowhere"));
});

Deno.test("the doctor stops when it is told to, and leaves nothing behind", async () => {
  await using scratch = new TempDir();
  const stopping = new AbortController();
  const seen: string[] = [];
  await examine({
    scratchRoot: scratch.path,
    signal: stopping.signal,
    checks: CHECKS.filter(({ id }) => id.startsWith("paths.")),
    onCheck: ({ id }, index) => {
      seen.push(id);
      if (index === 1) stopping.abort(new Error("enough"));
    },
  }).then(
    () => assert(false),
    (error) => assertEquals(error.message, "enough"),
  );
  assertEquals(seen.length, 2);
  assertEquals([...Deno.readDirSync(scratch.path)], []);
});
