import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import { encode } from "@msgpack/msgpack";
import { decodeMessage } from "../src/abi/decode.ts";
import { Host, readManifest } from "../src/mod.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { assertClean } from "./support/bad_input.ts";
import { guestOrSkip } from "./support/guest.ts";
import { records } from "./support/host_process.ts";
import { inPairs, type Outcome, pulp } from "./support/pulp.ts";

/** What a function answers: all of it, or its form. */
type Answers = Readonly<Record<string, string | number | RegExp>>;

const SLEPT = /^(5\d|[6-9]\d|\d{3})$/;

const ANSWERS: Readonly<Record<string, Answers>> = {
  "go-config": {
    dump: "{big=int64(9007199254740993) least=int64(-9223372036854775808) " +
      "list=[int64(1) int64(2)] " +
      "nested={deep={ratio=float64(2)} port=int64(8080)} ratio=float64(1) " +
      "servers=[{name=string(a)} {name=string(b)}] small=int64(7) " +
      "text=string(Grüße 🌍) when=time.Time(2026-01-02T03:04:05.123456Z) " +
      "yes=bool(true)}",
  },
  "go-wasi": {
    print: "printed",
    time: /^20\d\d-\d\d-\d\dT.*Z$/,
    random: /^[0-9a-f]{32}$/,
    sleep: SLEPT,
    args: "[]",
    stdin: "0 bytes, error <nil>",
    file: "open /etc/passwd: Bad file number",
    channels: "5050",
  },
  "rust-wasi": {
    print: "printed",
    time: /^\d{10}$/,
    random: /^[0-9a-f]{16}$/,
    map: "338350",
    sleep: SLEPT,
    args: "[]",
    stdin: "Ok(0)",
    file: "Err(NotFound)",
  },
  "c-wasi": {
    print: "printed",
    time: /^\d{10}$/,
    random: /^[0-9a-f]{32}$/,
    sleep: SLEPT,
    stdin: "-1",
    file:
      /^(Capabilities insufficient|Bad file descriptor|No such file or directory)$/,
  },
};

/** How a guest can end itself, and what is said then. */
const ENDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "go-wasi": {
    exit: "it exited with status 7 in pulp_on_call",
    panic: 'msg="panic: on purpose"',
  },
  "rust-wasi": {
    exit: "it exited with status 9 in pulp_on_call",
    panic: "it trapped in pulp_on_call: unreachable",
  },
  "c-wasi": {
    exit: "it exited with status 5 in pulp_on_call",
    abort: "it trapped in pulp_on_call: unreachable",
  },
};

for (const [guest, answers] of Object.entries(ANSWERS)) {
  Deno.test(`${guest} runs as it was compiled`, async (t) => {
    await using dir = new TempDir();
    const path = await guestOrSkip(t, dir, guest);
    if (path === undefined) return;
    // One process for all: compiling Go takes the host longer than the rest.
    await using host = await Host.start([await readManifest(path)]);
    for (const [name, wanted] of Object.entries(answers)) {
      await t.step(name, async () => {
        const answer = decodeMessage(await host.call(guest, name));
        if (wanted instanceof RegExp) assertMatch(String(answer), wanted);
        else assertEquals(answer, wanted);
      });
    }
  });
}

for (const [guest, ends] of Object.entries(ENDS)) {
  Deno.test(`${guest} ends itself, and call with 1`, async (t) => {
    await using dir = new TempDir();
    const path = await guestOrSkip(t, dir, guest);
    if (path === undefined) return;
    const outcomes = await inPairs(
      Object.keys(ends),
      (name) => pulp(["call", path, name], { allow: [`read=${dir.path}`] }),
    );
    for (const [index, says] of Object.values(ends).entries()) {
      await t.step(says, () => {
        const outcome = outcomes[index];
        assert(outcome !== undefined);
        assertEquals([outcome.code, outcome.out], [1, ""]);
        assertStringIncludes(outcome.err, says);
        assertClean(outcome);
      });
    }
  });
}

for (const guest of ["go-wasi", "rust-wasi", "c-wasi"]) {
  Deno.test(`${guest} prints lines into the log, a record each`, async (t) => {
    await using dir = new TempDir();
    const path = await guestOrSkip(t, dir, guest);
    if (path === undefined) return;
    const { err } = await pulp(["call", path, "print", "--log-level=info"], {
      allow: [`read=${dir.path}`],
    });
    const printed = records(err).filter((it) => it.stream !== undefined);
    for (const record of printed) assertEquals(record.cell, guest);
    assertEquals(
      printed.filter((it) => it.stream === "stderr").map((it) => it.msg),
      ["a line on stderr"],
    );
    const lines = printed.filter((it) => it.stream === "stdout").map((it) =>
      it.msg
    );
    assert(lines.includes("a line on stdout"));
    assertMatch(lines.join("\n"), /^a line in (two|three) writes$/m);
    assertEquals(lines.at(-1), "no newline at the end");
  });
}

Deno.test("rust-wasi gets another random seed in each process", async (t) => {
  await using dir = new TempDir();
  const path = await guestOrSkip(t, dir, "rust-wasi");
  if (path === undefined) return;
  const [one, two] = await inPairs(
    [1, 2],
    () => pulp(["call", path, "random"], { allow: [`read=${dir.path}`] }),
  );
  assertEquals([one?.code, two?.code], [0, 0]);
  assertNotEquals(one?.out, two?.out);
});

Deno.test("a cell sees the variables that its manifest lists and Deno grants", async (t) => {
  await using dir = new TempDir();
  const path = await guestOrSkip(t, dir, "go-wasi", {
    permissions: { env: ["PULP_GIVEN"] },
  });
  if (path === undefined) return;
  const start = {
    env: { PULP_GIVEN: "a value", PULP_SECRET: "none", TZ: "UTC" },
  };
  const refused = await pulp(["call", path, "env"], {
    ...start,
    allow: [`read=${dir.path}`],
  });
  assertEquals([refused.code, refused.out], [3, ""]);
  assertMatch(
    refused.err,
    /^ {2}environment +\S.* missing +--allow-env=PULP_GIVEN$/m,
  );
  const given = await pulp(["call", path, "env"], {
    ...start,
    allow: [`read=${dir.path}`, "env=PULP_GIVEN"],
  });
  assertEquals([given.code, given.out], [0, '"PULP_GIVEN=a value"\n']);
  const all = await pulp(["call", path, "env"], {
    ...start,
    allow: [`read=${dir.path}`, "env"],
  });
  assertEquals(JSON.parse(all.out).split("\n").sort(), [
    "PULP_GIVEN=a value",
    "TZ=UTC",
  ]);
});

Deno.test("go-sqlite, which knows sqlite_exec with 4 parameters, keeps its data", async (t) => {
  await using dir = new TempDir();
  const path = await guestOrSkip(t, dir, "go-sqlite");
  if (path === undefined) return;
  const storage = dir.join("data");
  const call = (name: string, args?: unknown): Promise<Outcome> =>
    pulp(
      [
        "call",
        path,
        `--storage-root=${storage}`,
        name,
        ...args === undefined ? [] : [JSON.stringify(args)],
      ],
      { allow: [`read=${dir.path}`, `write=${storage}`] },
    );
  assertEquals((await call("types")).out, '"ok"\n');
  const steps: readonly (readonly [string, unknown, string])[] = [
    ["exec", { sql: "CREATE TABLE t (n UNIQUE)" }, "0"],
    ["exec", { sql: "INSERT INTO t VALUES (?)", params: [1.5] }, "0"],
    ["exec", { sql: "INSERT INTO t VALUES (?)", params: [1.5] }, "13"],
    ["exec", { sql: "no SQL" }, "5"],
    [
      "query",
      { sql: "SELECT n, 1 << 62 AS big FROM t" },
      '{"code":0,"columns":["n","big"],"rows":[[1.5,4611686018427387904]],"error":""}',
    ],
    [
      "query",
      { sql: "SELECT n FROM t WHERE n = 7" },
      '{"code":0,"columns":["n"],"rows":null,"error":""}',
    ],
  ];
  for (const [name, args, wanted] of steps) {
    const { out, err } = await call(name, args);
    assertEquals(out, `${wanted}\n`, err);
  }
  const failed = JSON.parse((await call("query", { sql: "SELECT x" })).out);
  assertEquals(failed.code, 5);
  assertStringIncludes(failed.error, "no such column: x");
  const kept = await Array.fromAsync(Deno.readDir(`${storage}/go-sqlite`));
  assert(kept.some((entry) => entry.name === "data.db"));
});

Deno.test("go-sibling calls the cells that its manifest names, and no others", async (t) => {
  await using dir = new TempDir();
  const callee = await guestOrSkip(t, dir, "go-sibling", {}, "callee");
  const stranger = await guestOrSkip(t, dir, "go-sibling", {}, "stranger");
  const caller = await guestOrSkip(t, dir, "go-sibling", {
    consumes: ["callee"],
  }, "caller");
  if (!callee || !stranger || !caller) return;
  await using host = await Host.start(
    await Promise.all([caller, callee, stranger].map(readManifest)),
  );
  const relay = async (
    target: string,
    name: string,
    bytes: Uint8Array = new Uint8Array([0, 255, 7]),
  ): Promise<unknown> => {
    const args = encode({ target, name, args: bytes });
    return decodeMessage(await host.call("caller", "relay", args));
  };
  const args = new Uint8Array([0, 255, 7]);
  assertEquals(await relay("callee", "echo"), { code: 0, bytes: args });
  const large = new Uint8Array(1 << 20).fill(7);
  assertEquals(await relay("callee", "echo", large), {
    code: 0,
    bytes: large,
  });
  assertEquals(await relay("callee", "fail"), { code: 4, bytes: null });
  assertEquals(await relay("stranger", "echo"), { code: 11, bytes: null });
  assertEquals(await relay("nobody", "echo"), { code: 11, bytes: null });
  assertEquals(await relay("caller", "echo"), { code: 11, bytes: null });
});
