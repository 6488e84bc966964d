import { assert, assertEquals } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { until } from "../testing/until.ts";
import { Mailbox, makeMailbox } from "./mailbox.ts";

/** Both ends of one mailbox. */
function pair(): { caller: Mailbox; callee: Mailbox } {
  const memory = makeMailbox();
  return { caller: new Mailbox(memory), callee: new Mailbox(memory) };
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

Deno.test("Mailbox carries a request there and an answer back", () => {
  const { caller, callee } = pair();
  for (const size of [0, 1, 5000, LIMITS.messageBytes]) {
    const args = new Uint8Array(size).fill(7);
    assertEquals(caller.request("grüße", args), true);
    const request = callee.take();
    assertEquals(request?.name, "grüße");
    assertEquals(request?.args.length, size);
    callee.answer(request!.number, 0, args);
    const { code, data } = caller.wait();
    assertEquals([code, data.length], [0, size]);
  }
});

Deno.test("Mailbox hands a request out once", () => {
  const { caller, callee } = pair();
  assertEquals(callee.take(), undefined);
  caller.request("x", bytes(1));
  callee.take();
  assertEquals(callee.take(), undefined);
});

Deno.test("Mailbox refuses what is larger than a message may be", () => {
  const { caller, callee } = pair();
  assertEquals(
    caller.request("x", new Uint8Array(LIMITS.messageBytes + 1)),
    false,
  );
  caller.request("x", bytes());
  const number = callee.take()!.number;
  callee.answer(number, 0, new Uint8Array(LIMITS.messageBytes + 1));
  assertEquals(caller.wait(), { code: 4, data: bytes() });
});

Deno.test("a request that was failed is answered once, and not by its callee", () => {
  const { caller, callee } = pair();
  caller.request("x", bytes(1));
  const { number } = callee.take()!;
  callee.fail(false, "down");
  callee.fail(true, "down");
  callee.answer(number, 0, bytes(9));
  assertEquals(caller.wait(), { code: 4, data: text("down") });
  // The next one is not touched by what came too late.
  caller.request("y", bytes(2));
  callee.answer(number, 0, bytes(9));
  assertEquals(callee.take()?.name, "y");
  callee.answer(number, 0, bytes(9));
  callee.answer(number + 1, 0, bytes(2));
  assertEquals(caller.wait(), { code: 0, data: bytes(2) });
});

Deno.test("a caller whose thread was given up leaves nothing to the one that follows", () => {
  const memory = makeMailbox();
  const callee = new Mailbox(memory);
  new Mailbox(memory).request("old", bytes(1));
  const { number } = callee.take()!;
  const caller = new Mailbox(memory);
  caller.request("new", bytes(2));
  const request = callee.take()!;
  callee.answer(number, 0, bytes(1));
  callee.answer(request.number, 0, bytes(2));
  assertEquals(caller.wait(), { code: 0, data: bytes(2) });
});

Deno.test("a mailbox that was shut fails what waits in it, and says so", () => {
  const { caller, callee } = pair();
  assertEquals(caller.isShut, false);
  caller.request("x", bytes(1));
  callee.shut();
  assertEquals(caller.wait().code, 4);
  assertEquals([caller.isShut, callee.isShut], [true, true]);
  // Who put something in before it looked fails it alone.
  caller.request("x", bytes(1));
  caller.fail(false, "down");
  assertEquals(caller.wait().code, 4);
});

Deno.test("a caller gets its answer whether it looks for it or sleeps", async () => {
  const buffer = makeMailbox();
  const callee = new Mailbox(buffer);
  const worker = new Worker(
    new URL("./testing/mailbox_caller.ts", import.meta.url),
    { type: "module" },
  );
  const said: unknown[] = [];
  worker.onmessage = ({ data }) => said.push(data);
  try {
    // An answer at once may find it awake, and what it left says it sleeps.
    const delaysMs = [0, 30, 0, 0, 30, 30, 0];
    for (const [call, delayMs] of delaysMs.entries()) {
      worker.postMessage(buffer);
      await until("the request", () => said.length === 2 * call + 1);
      if (delayMs > 0) await new Promise((it) => setTimeout(it, delayMs));
      const request = callee.take();
      assert(request !== undefined);
      callee.answer(request.number, 0, request.args);
      await until("the answer", () => said.length === 2 * call + 2);
      assertEquals(said.at(-1), { code: 0, data: new Uint8Array([1, 2, 3]) });
    }
    // The main thread fails a call that sleeps.
    worker.postMessage(buffer);
    await until("the last request", () => said.length % 2 === 1);
    await new Promise((it) => setTimeout(it, 30));
    callee.fail(true, "gone");
    await until("its failure", () => said.length % 2 === 0);
    assertEquals((said.at(-1) as { code: number }).code, 4);
  } finally {
    worker.terminate();
  }
});
