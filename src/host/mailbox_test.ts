import { assert, assertEquals, assertThrows } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { until } from "../testing/until.ts";
import { Mailbox, makeMailbox } from "./mailbox.ts";
import type { FailerOrder } from "./testing/mailbox_failer.ts";

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
  callee.fail("request", "down");
  callee.fail("taken", "down");
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
  caller.fail("request", "down");
  assertEquals(caller.wait().code, 4);
});

Deno.test("a caller that was given up while it slept takes no answer from the one that follows", async () => {
  const buffer = makeMailbox();
  const callee = new Mailbox(buffer);
  const old = caller();
  const next = caller();
  try {
    old.worker.postMessage(buffer);
    await until("the first request", () => old.said.length === 1);
    await new Promise((it) => setTimeout(it, 30));
    next.worker.postMessage(buffer);
    await until("the next request", () => next.said.length === 1);
    await new Promise((it) => setTimeout(it, 30));
    const request = callee.take();
    assert(request !== undefined);
    callee.answer(request.number, 0, request.args);
    await until(
      "both ends",
      () => next.said.length === 2 && old.said.length === 2,
    );
    assertEquals(next.said[1], { code: 0, data: bytes(1, 2, 3) });
    assertEquals((old.said[1] as { code: number }).code, 4);
  } finally {
    old.worker.terminate();
    next.worker.terminate();
  }
});

Deno.test("a request that is failed while its callee reads it is not handed out", async () => {
  const buffer = makeMailbox();
  const over = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    new URL("./testing/mailbox_failer.ts", import.meta.url),
    { type: "module" },
  );
  const said: unknown[] = [];
  worker.onmessage = ({ data }) => said.push(data);
  const order: FailerOrder = { buffer, over };
  worker.postMessage(order);
  try {
    await until("the thread", () => said.length === 1);
    const mailbox = new Mailbox(buffer);
    const large = new Uint8Array(LIMITS.messageBytes).fill(0x41);
    for (let round = 0; round < 40; round++) {
      assert(mailbox.request("f", large));
      const whole = mailbox.take()?.args.every((byte) => byte === 0x41) ?? true;
      assert(whole, "it was overwritten");
    }
    Atomics.store(over, 0, 1);
    await until("how often it failed", () => said.length === 2);
    assert(Number(said[1]) > 0, "none was failed while it was taken");
  } finally {
    worker.terminate();
  }
});

Deno.test("an answer that is being written fails only when its callee is gone", () => {
  const buffer = makeMailbox();
  const mailbox = new Mailbox(buffer);
  const words = new Int32Array(buffer, 0, 1);
  mailbox.request("f", bytes(1));
  const { number } = mailbox.take()!;
  // As it is between the two changes of answer().
  const settling = number << 3 | 3;
  words[0] = settling;
  mailbox.fail("request", "down");
  mailbox.fail("taken", "the deadline has passed");
  assertEquals(words[0], settling);
  mailbox.fail("settling", "gone");
  assertEquals(mailbox.wait(), { code: 4, data: bytes() });
});

Deno.test("who is late to wake a caller wakes it from no later call, and leaves that to who answers it", () => {
  const { caller, callee } = pair();
  caller.request("first", bytes());
  const first = callee.take()!;
  let wakes = 0;
  let betweenAnswerAndWaking: (() => void) | undefined = () => {
    assertEquals(caller.wait().code, 0);
    caller.request("second", bytes());
    assertThrows(() => caller.wait(), Error, "asleep");
  };
  const { compareExchange, notify, wait } = Atomics;
  try {
    Object.assign(Atomics, {
      wait: () => {
        throw new Error("asleep");
      },
      notify: () => wakes++,
      compareExchange: (...args: Parameters<typeof compareExchange>) => {
        const was = compareExchange(...args);
        const isAnswered = args[1] === 0 && (Number(args[3]) & 7) === 4;
        const then = isAnswered ? betweenAnswerAndWaking : undefined;
        if (isAnswered) betweenAnswerAndWaking = undefined;
        then?.();
        return was;
      },
    });
    callee.answer(first.number, 0, bytes());
    const second = callee.take()!;
    assertEquals([second.name, wakes], ["second", 0]);
    callee.answer(second.number, 0, bytes());
    assertEquals(wakes, 1);
  } finally {
    Object.assign(Atomics, { compareExchange, notify, wait });
  }
});

/** A thread that calls through the mailboxes it is sent, and what it said. */
function caller(): { readonly worker: Worker; readonly said: unknown[] } {
  const worker = new Worker(
    new URL("./testing/mailbox_caller.ts", import.meta.url),
    { type: "module" },
  );
  const said: unknown[] = [];
  worker.onmessage = ({ data }) => said.push(data);
  return { worker, said };
}

Deno.test("a caller gets its answer whether it looks for it or sleeps", async () => {
  const buffer = makeMailbox();
  const callee = new Mailbox(buffer);
  const { worker, said } = caller();
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
    callee.fail("taken", "gone");
    await until("its failure", () => said.length % 2 === 0);
    assertEquals((said.at(-1) as { code: number }).code, 4);
  } finally {
    worker.terminate();
  }
});
