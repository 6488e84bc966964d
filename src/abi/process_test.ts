import { encode } from "@msgpack/msgpack";
import { assertEquals, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { decodeMessage } from "./decode.ts";
import { decodeProcessRun, encodeProcessResult } from "./process.ts";

Deno.test("decodeProcessRun() may leave everything out", () => {
  assertEquals(decodeProcessRun(Uint8Array.of(0x80)), {
    argv: [],
    dir: "",
    env: Object.create(null),
    timeoutMs: 0,
  });
});

Deno.test("decodeProcessRun() reads all fields, and nil for each", () => {
  const env = Object.assign(Object.create(null), { A: "b" });
  assertEquals(
    decodeProcessRun(encode({
      argv: ["echo", "-n"],
      dir: "a",
      env: { A: "b" },
      timeout_ms: 0xffff_ffff,
    })),
    { argv: ["echo", "-n"], dir: "a", env, timeoutMs: 0xffff_ffff },
  );
  const nil = { argv: null, dir: null, env: null, timeout_ms: null };
  assertEquals(decodeProcessRun(encode(nil)).argv, []);
});

Deno.test("decodeProcessRun() names the field that is wrong", () => {
  const fields: [unknown, string][] = [
    [{ argv: "echo" }, '"argv"'],
    [{ argv: [1] }, '"argv"'],
    [{ dir: 1 }, '"dir"'],
    [{ env: [] }, '"env"'],
    [{ env: { A: 1 } }, '"env"'],
    [{ timeout_ms: -1 }, '"timeout_ms"'],
    [{ timeout_ms: 2 ** 32 }, '"timeout_ms"'],
    [[], "not a map"],
  ];
  for (const [request, text] of fields) {
    assertThrows(() => decodeProcessRun(encode(request)), PulpError, text);
  }
});

Deno.test("encodeProcessResult() leaves out an error that isn't there", () => {
  const stdout = Uint8Array.of(1);
  const stderr = new Uint8Array(0);
  assertEquals(
    decodeMessage(encodeProcessResult({ exitCode: 200, stdout, stderr })),
    { exit_code: 200, stdout, stderr },
  );
  assertEquals(
    decodeMessage(
      encodeProcessResult({ exitCode: -1, stdout, stderr, error: "late" }),
    ),
    { exit_code: -1, stdout, stderr, error: "late" },
  );
});
