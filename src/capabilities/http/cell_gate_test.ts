import { assertEquals } from "@std/assert";
import { CellGate } from "./cell_gate.ts";

Deno.test("CellGate holds as many requests for each successor", () => {
  const gate = new CellGate(
    { deliver: () => {}, logger: { log: () => {} } },
    { next: () => 1 },
    { waiting: 2, answerMs: 1000 },
    () => {},
  );
  for (let replaced = 0; replaced < 3; replaced++) {
    gate.leave(Promise.resolve());
    assertEquals([gate.hold(), gate.hold(), gate.hold()], [true, true, false]);
    gate.enter();
  }
});
