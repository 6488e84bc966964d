import { assertEquals } from "@std/assert";
import { builtinRegistry } from "./builtin.ts";
import { load } from "../cell/load.ts";
import { LIMITS } from "../limits.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { cellWat, wat } from "../testing/wat.ts";

/** A cell that logs the arguments of each call. */
const LOGS_CALLS = cellWat({
  imports:
    `(import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))`,
  functions:
    `(func (export "pulp_on_call") (param $n i32) (param $nl i32) (param $p i32) (param $l i32) (param $o i32) (param $ol i32) (result i32)
      (call $log (i32.const 1) (local.get $p) (local.get $l)))`,
});

Deno.test("log_write cuts a long text between characters", async () => {
  await using dir = new TempDir();
  const spec = await dir.cell("sample", await wat(LOGS_CALLS));
  const logger = new TestLogger();
  await using cell = await load(spec, { registry: builtinRegistry(), logger });
  const say = async (text: string): Promise<string | undefined> => {
    await cell.call("log", new TextEncoder().encode(text));
    return logger.messages().at(-1);
  };
  const half = LIMITS.logTextBytes / 2;
  assertEquals(await say("é".repeat(half)), "é".repeat(half));
  assertEquals(await say("é".repeat(half + 1)), "é".repeat(half));
  assertEquals(await say("a" + "é".repeat(half)), "a" + "é".repeat(half - 1));
  // What is malformed all the same is shown as such.
  await cell.call("log", new Uint8Array([0x61, 0xc3]));
  assertEquals(logger.messages().at(-1), "a\ufffd");
});
