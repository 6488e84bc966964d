import { assert, assertEquals, assertLess } from "@std/assert";
import { LIMITS } from "../limits.ts";
import { cellWat } from "../testing/wat.ts";
import { Channel, type MessageEnd } from "./channel.ts";
import type { FromWorker, ToWorker } from "./protocol.ts";
import { hosted } from "./testing/hosted.ts";
import { WorkerLog } from "./worker_log.ts";

/** A log with what it sends, and what sending is to throw. */
interface HeldLog {
  readonly channel: Channel<FromWorker, ToWorker>;
  readonly log: WorkerLog;
  readonly posted: FromWorker[][];
  readonly errors: Error[];
  endTurn(): void;
}

/** Makes one whose turn ends only when `endTurn` is called. */
function heldLog(): HeldLog {
  const posted: FromWorker[][] = [];
  const turns: (() => void)[] = [];
  const errors: Error[] = [];
  const end: MessageEnd = {
    postMessage: (batch) => {
      const error = errors.shift();
      if (error !== undefined) throw error;
      posted.push(batch as FromWorker[]);
    },
    addEventListener: () => {},
  };
  const channel = new Channel<FromWorker, ToWorker>(
    end,
    (flush) => turns.push(flush),
    { message: () => {}, packet: () => {} },
  );
  const endTurn = (): void => turns.splice(0).forEach((flush) => flush());
  return { channel, log: new WorkerLog(channel), posted, errors, endTurn };
}

/** The records' messages, or the types of other messages, in order. */
function shown(posted: readonly FromWorker[][]): string[] {
  return posted.flat().map((it) => it.type === "log" ? it.message : it.type);
}

Deno.test("records of one turn are sent within it once they are many, in order with the rest", () => {
  const { channel, log, posted, endTurn } = heldLog();
  const text = "x".repeat(1000);
  const wanted: string[] = [];
  for (let count = 0; count < 300; count++) {
    channel.send({ type: "ring", target: 1 });
    log.log("info", `${count} ${text}`);
    wanted.push("ring", `${count} ${text}`);
  }
  assertLess(wanted.length - shown(posted).length, 2 * 66);
  assertLess(posted.length, 10);
  endTurn();
  assertEquals(shown(posted), wanted);
});

Deno.test("fields count as well, and a few records wait for the end of the turn", () => {
  const { log, posted, endTurn } = heldLog();
  log.log("info", "short");
  assertEquals(posted.length, 0);
  log.log("info", "long", { name: "x".repeat(LIMITS.logHeldChars) });
  assertEquals(shown(posted), ["short", "long"]);
  log.log("info", "later");
  assertEquals(posted.length, 1);
  endTurn();
  assertEquals(shown(posted), ["short", "long", "later"]);
});

Deno.test("records that can't be sent for want of stack are sent at the end of the turn", () => {
  const { log, posted, errors, endTurn } = heldLog();
  errors.push(new RangeError("no stack for postMessage()"));
  log.log("info", "x".repeat(LIMITS.logHeldChars));
  log.log("info", "next");
  assertEquals([errors.length, posted.length], [0, 0]);
  endTurn();
  assertEquals(shown(posted), ["x".repeat(LIMITS.logHeldChars), "next"]);
});

Deno.test("what a guest logs in one long call comes while it runs", async () => {
  // Few and short: only their age sends them.
  const logging = cellWat({
    imports:
      `(import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))`,
    functions: `(data (i32.const 64) "tick")
      (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
        (local $i i32)
        (loop $ever
          (drop (call $log (i32.const 1) (i32.const 64) (i32.const 4)))
          (local.set $i (i32.const 0))
          (loop $l (br_if $l (i32.lt_u
            (local.tee $i (i32.add (local.get $i) (i32.const 1)))
            (i32.const 10000000))))
          (br $ever))
        (i32.const 0))`,
  });
  const manifest = `capabilities = ["log.write"]\ncall_timeout_ms = 6000`;
  await hosted(
    { cells: { a: { wat: logging, manifest } } },
    async (host, logger) => {
      let isOver = false;
      const call = host.call("a", "x", new Uint8Array()).catch(() => {})
        .finally(() => isOver = true);
      await logger.logged("tick", 3);
      // All that came in the same message is done with by then.
      await new Promise((resolve) => setTimeout(resolve, 10));
      assert(!isOver, "the records came with the end of the call");
      await call;
    },
  );
});
