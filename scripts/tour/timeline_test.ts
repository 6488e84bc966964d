import { assert, assertEquals } from "@std/assert";
import { LAST_PROMPT, sceneOf } from "./scene.ts";
import { type TimedRow, timelineOf } from "./timeline.ts";

const scenes = [
  sceneOf({ says: "First", command: "echo a; echo b" }, "a\nb\n", 40),
  sceneOf({ command: `echo ${"x".repeat(60)}` }, "", 40),
];

function rowsOf(): readonly TimedRow[] {
  return timelineOf(scenes, LAST_PROMPT).rows;
}

Deno.test("timelineOf() shows a row no earlier than the one above it", () => {
  const rows = rowsOf();
  assertEquals(rows.length, 7);
  for (const [index, { atMs }] of rows.entries()) {
    assert(atMs >= (rows[index - 1]?.atMs ?? 0), `row ${index}`);
  }
});

Deno.test("timelineOf() shows output once the command was typed", () => {
  const [, command, output] = rowsOf();
  assert(command?.typing !== undefined && output !== undefined);
  const { fromMs, untilMs, goneMs } = command.typing;
  assert(command.atMs < fromMs && fromMs < untilMs && untilMs < goneMs);
  assert(goneMs < output.atMs);
});

Deno.test("timelineOf() types the rows of a long command one after the other", () => {
  const [first, second] = rowsOf().slice(4);
  assertEquals(first?.typing?.column, 2);
  assertEquals(second?.typing?.column, 0);
  assertEquals(second?.atMs, first?.typing?.untilMs);
  const typed = (first?.typing?.columns ?? 0) + (second?.typing?.columns ?? 0);
  assertEquals(typed, "echo ".length + 60);
});

Deno.test("timelineOf() gives room to captions, and a cursor to the end", () => {
  const rows = rowsOf();
  const at = (key: "isFirst" | "isLast"): number[] =>
    rows.flatMap((row, index) => row[key] ? [index] : []);
  assertEquals(at("isFirst"), [0, 6]);
  assertEquals(at("isLast"), [6]);
});

Deno.test("timelineOf() leaves time to read before it begins anew", () => {
  const { rows, totalMs } = timelineOf(scenes, LAST_PROMPT);
  assert(totalMs - rows.at(-1)!.atMs >= 5_000);
});
