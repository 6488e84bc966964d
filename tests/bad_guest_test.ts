import {
  assert,
  assertEquals,
  assertMatch,
  assertStringIncludes,
} from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { writeCell, writeGuest } from "./guests/build.ts";
import {
  assertClean,
  type BadInput,
  FAILS,
  testBadInputs,
  type Verb,
} from "./support/bad_input.ts";
import { HostProcess } from "./support/host_process.ts";
import { inPairs, pulp } from "./support/pulp.ts";

type Codes = Readonly<Partial<Record<Verb, number>>>;

/** Only calls fail: `run` would host the cell. */
const CALL_FAILS: Codes = { check: 0, call: 1 };

/** Only steps fail. */
const STEP_FAILS: Codes = { check: 0, step: 1 };

/** Guests of the tests, what each command ends with, and what is said. */
const GUESTS: readonly (readonly [
  guest: string,
  codes: Codes,
  says: readonly string[],
])[] = [
  ["start_traps", FAILS, ["it trapped in its start function: unreachable"]],
  ["initialize_traps", FAILS, ["it trapped in _initialize: unreachable"]],
  ["init_traps", FAILS, ["it trapped in pulp_init: unreachable"]],
  ["init_fails_with_message", FAILS, [
    'Cannot initialise cell "init_fails_with_message": config.token is missing',
  ]],
  ["init_fails_silently", FAILS, [
    'Cannot initialise cell "init_fails_silently": pulp_init returned -1',
  ]],
  ["init_error_out_of_range", FAILS, ["pulp_init returned 1"]],
  ["init_error_too_long", FAILS, ["\\x1b[2mxxx"]],
  ["alloc_zero", { check: 0, call: 1, step: 1 }, ["pulp_alloc returned 0"]],
  ["alloc_out_of_range", { check: 0, call: 1, step: 1 }, [
    "pulp_alloc returned 4294967280, outside its memory of 131072",
  ]],
  ["alloc_last_bytes", CALL_FAILS, [
    "pulp_alloc returned 131068, outside its memory of 131072",
  ]],
  ["alloc_overlapping", CALL_FAILS, [
    "pulp_alloc returned 4096, over a live buffer at 4096",
  ]],
  ["call_traps", CALL_FAILS, ["it trapped in pulp_on_call: unreachable"]],
  ["call_fails_with_message", CALL_FAILS, [
    'Cannot call "echo" of cell "call_fails_with_message": no luck today — try again',
  ]],
  ["call_error_out_of_range", CALL_FAILS, ["pulp_on_call returned 11"]],
  ["response_4gib", CALL_FAILS, [
    "4294967295 bytes at 0 are more than 8388608",
  ]],
  ["response_out_of_range", CALL_FAILS, [
    "64 bytes at 131040 leave its memory of 131072",
  ]],
  ["logs", CALL_FAILS, ["it exports no pulp_on_call"]],
  ["step_traps", STEP_FAILS, ["it trapped in pulp_step: unreachable"]],
  ["exit_in_step", STEP_FAILS, ["it exited with status 3 in pulp_step"]],
  ["no_alloc", STEP_FAILS, ["it exports no pulp_alloc"]],
];

Deno.test("a guest that breaks the contract ends commands with 1, and check with 0", async (t) => {
  await using dir = new TempDir();
  const inputs: BadInput[] = [];
  for (const [guest, codes, says] of GUESTS) {
    inputs.push({
      name: guest,
      manifests: [await guestIn(dir, guest)],
      codes,
      says,
      argument: '"twenty bytes of text"',
    });
  }
  await testBadInputs(t, dir.path, inputs);
});

Deno.test("a message of pulp_init is shown up to 4096 bytes", async () => {
  await using dir = new TempDir();
  const path = await guestIn(dir, "init_error_too_long");
  const { err } = await pulp(["step", path], { allow: [`read=${dir.path}`] });
  assertEquals(err.match(/x{100,}/)?.[0]?.length, 4096 - 4);
});

Deno.test("an answer that is not MessagePack is refused, however it lies", async (t) => {
  await using dir = new TempDir();
  const answers: readonly (readonly [name: string, bytes: number[]])[] = [
    ["an array of 4 Gi", [0xdd, 255, 255, 255, 255]],
    ["a map of 4 Gi", [0xdf, 255, 255, 255, 255]],
    ["a string of 4 GiB", [0xdb, 255, 255, 255, 255, 0x61]],
    ["bytes of 4 GiB", [0xc6, 255, 255, 255, 255]],
    ["an extension of 4 GiB", [0xc9, 255, 255, 255, 255, 1]],
    ["a map without its value", [0x81, 0xa1, 0x61]],
    ["half an integer", [0xd3, 1, 2]],
    ["a byte that means nothing", [0xc1]],
    ["two messages", [0xc0, 0xc0]],
    ["a string that is not UTF-8", [0xa2, 0xc3, 0x28]],
  ];
  const inputs: BadInput[] = [];
  for (const [index, [name, bytes]] of answers.entries()) {
    const wasm = await answering(bytes);
    const path = await writeCell(dir.path, { name: `a${index}`, wasm });
    inputs.push({
      name,
      manifests: [path],
      codes: { call: 1 },
      says: [
        'Cannot show the answer of "echo" as JSON: ',
        "hint: --raw prints the bytes as they are",
      ],
    });
  }
  const deep = await writeCell(dir.path, {
    name: "deep",
    wasm: await answering(100_000),
  });
  inputs.push({
    name: "100,000 arrays in each other",
    manifests: [deep],
    codes: { call: 1 },
    says: ['Cannot show the answer of "echo" as JSON: ', "128"],
  });
  await testBadInputs(t, dir.path, inputs);
});

Deno.test("a host function answers a bad request with its code, and the cell goes on", async (t) => {
  await using dir = new TempDir();
  const codes: readonly (readonly [guest: string, code: number])[] = [
    ["respond_empty", 1],
    ["respond_out_of_range", 2],
    ["deep_msgpack_respond", 3],
    ["lying_msgpack_respond", 6],
    ["sqlite_out_of_range", 8],
    ["sqlite_exec_old_signature", 0],
    ["sqlite_exec_new_signature", 0],
    ["undeclared_import", 99],
    ["fs_write_old_signature", 99],
    ["fs_write_new_signature", 99],
    ["logs", 2],
    ["wasi_edges", 31],
    ["start_command", 1],
    ["initialize_before_start", 1],
  ];
  const outcomes = await inPairs(codes, async ([guest]) => {
    const path = await guestIn(dir, guest);
    const storage = dir.join("data", guest);
    const argv = ["step", path, `--storage-root=${storage}`];
    return await pulp(
      [...argv, "--listen=127.0.0.1:0", "--event=http.request"],
      {
        allow: [
          `read=${dir.path}`,
          `write=${dir.path}/data`,
          "net=127.0.0.1:0",
        ],
      },
    );
  });
  for (const [index, [guest, code]] of codes.entries()) {
    await t.step(guest, () => {
      const outcome = outcomes[index];
      assert(outcome !== undefined);
      assertEquals(outcome.out, `${code}\n`, outcome.err);
      assertEquals(outcome.code, 0);
      assertClean(outcome);
    });
  }
});

Deno.test("what a guest logs stays in records of its own", async () => {
  await using dir = new TempDir();
  const path = await guestIn(dir, "logs");
  const { err } = await pulp(["step", path, "--log-level=debug"], {
    allow: [`read=${dir.path}`],
  });
  const lines = err.trimEnd().split("\n").filter((it) =>
    it.includes("cell=logs") && !it.includes("module compiled")
  );
  assertEquals(lines.map((line) => /level=(\w+)/.exec(line)?.[1]).slice(0, 4), [
    "DEBUG",
    "INFO",
    "WARN",
    "ERROR",
  ]);
  for (const line of err.trimEnd().split("\n")) {
    assertMatch(line, /^time=\S+ level=\w+ msg=/);
  }
  assertStringIncludes(err, 'msg="two\\nlines \\x1b[31m"');
  assertEquals(/x+/.exec(err.match(/msg=x+/)?.[0] ?? "")?.[0]?.length, 8192);
});

Deno.test("call refuses arguments that are no JSON with 2, at their place", async (t) => {
  const arguments_: readonly (readonly [json: string, says: string])[] = [
    ["{", "line 1, column 2"],
    ['{"a":1,}', "line 1, column 8"],
    ["'x'", "line 1, column 1"],
    ["NaN", "line 1, column 1"],
    ["01", "line 1"],
    ["1e400", "1e400 is beyond a 64-bit float"],
    ['"\\ud800"', "half of a surrogate pair"],
    ['{"a":1,"a":2}', 'the key "a" is repeated'],
    ["18446744073709551616", "does not fit 64 bits"],
    ["[-9223372036854775809]", "does not fit 64 bits"],
    ['{"$bytes":"@"}', "not base64"],
    ["[".repeat(60_000) + "]".repeat(60_000), "it nests deeper than 128"],
  ];
  const outcomes = await inPairs(
    arguments_,
    ([json]) =>
      pulp(["call", "cells/hello", "greet", json], {
        allow: ["read=cells/hello"],
      }),
  );
  for (const [index, [json, says]] of arguments_.entries()) {
    await t.step(json.slice(0, 30), () => {
      const outcome = outcomes[index];
      assert(outcome !== undefined);
      assertEquals([outcome.code, outcome.out], [2, ""], outcome.err);
      assertStringIncludes(outcome.err, says);
      assertClean(outcome);
    });
  }
});

Deno.test("call shows a function's name as it is, and nothing that it hides", async () => {
  const name = "gr\neet\x1b[31m\u202e";
  const outcome = await pulp(["call", "cells/hello", name], {
    allow: ["read=cells/hello"],
  });
  assertEquals([outcome.code, outcome.out], [1, ""]);
  assertClean(outcome);
  assertStringIncludes(outcome.err, "\\x1b[31m\\u202e");
  // What follows a line break can't pass for a line of the host.
  assertStringIncludes(outcome.err, "\n  eet");
});

Deno.test("run goes on with the other cells when one of them breaks", async () => {
  await using dir = new TempDir();
  const good = await guestIn(dir, "counter");
  const bad = await guestIn(dir, "init_fails_with_message");
  await using host = HostProcess.run([bad, good], [
    `read=${dir.path}`,
  ]);
  await host.ready("counter");
  assertStringIncludes(host.log, "config.token is missing");
  assertEquals(await host.stop(), 0);
});

async function guestIn(dir: TempDir, guest: string): Promise<string> {
  const written = await writeGuest(dir.path, guest);
  assert("path" in written);
  return written.path;
}

/** A cell that answers every call with these bytes, or with as many arrays in each other. */
async function answering(
  answer: readonly number[] | number,
): Promise<Uint8Array> {
  const length = typeof answer === "number" ? answer : answer.length;
  const fill = typeof answer === "number"
    ? `(memory.fill (i32.const 65536) (i32.const 0x91) (i32.const ${answer}))`
    : "";
  const data = typeof answer === "number"
    ? ""
    : `(data (i32.const 65536) "${
      answer.map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("")
    }")`;
  return await wat(cellWat({
    without: ["memory", "pulp_free"],
    functions: `
      (memory (export "memory") 4) ${data}
      (func (export "pulp_on_call")
        (param $name i32) (param $nameLength i32)
        (param $args i32) (param $argsLength i32)
        (param $ptrOut i32) (param $lengthOut i32) (result i32)
        ${fill}
        (i32.store (local.get $ptrOut) (i32.const 65536))
        (i32.store (local.get $lengthOut) (i32.const ${length}))
        (i32.const 0))`,
  }));
}
