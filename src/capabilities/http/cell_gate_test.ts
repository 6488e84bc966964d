import { assertEquals } from "@std/assert";
import type { Answer } from "./answer.ts";
import { CellGate, type GateRequest } from "./cell_gate.ts";

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

Deno.test("CellGate keeps a request apart that comes while another is handed over", async () => {
  const request: GateRequest = {
    method: "GET",
    path: "/",
    params: {},
    query: {},
    headers: {},
    body: new Uint8Array(),
    remoteAddr: "",
  };
  const answer = (letter: string): Answer => ({
    status: 200,
    headers: [],
    body: new TextEncoder().encode(letter),
  });
  let id = 0;
  let inner: Answer | Promise<Answer> | undefined;
  const gate: CellGate = new CellGate(
    {
      deliver: (_kind, _payload, done) => {
        if (id === 2) return;
        inner = gate.submit(request);
        assertEquals(gate.answer(1n, answer("a")), true);
        done({});
      },
      logger: { log: () => {} },
    },
    { next: () => ++id },
    { waiting: 8, answerMs: 60_000 },
    () => {},
  );
  assertEquals(gate.submit(request), answer("a"));
  // The inner one waits; the outer one was answered.
  assertEquals(gate.answer(1n, answer("a")), false);
  assertEquals(gate.answer(2n, answer("b")), true);
  assertEquals(await inner, answer("b"));
  gate.close();
});
