import {
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertMatch,
} from "@std/assert";
import { body, moduleOf, section, text, vec } from "./testing/binary.ts";
import { Stopper, suspending } from "./testing/stopper.ts";
import { wat } from "./testing/wat.ts";

/** Generous: two cores are shared with whatever else runs. */
const LATE_MS = 500;

const ENDLESS: Readonly<Record<string, string>> = {
  "an empty loop": `(func (export "run") (call $running)
    (loop $l (br $l)))`,
  "a loop within a loop": `(func (export "run") (local i32) (call $running)
    (loop $a (loop $b (br_if $b (i32.const 0)) (br $a))))`,
  "a loop that catches everything": `(func $throws (throw $t))
    (func (export "run") (call $running)
      (loop $l
        (try (do (loop $inner (call $throws) (br $inner))) (catch_all))
        (br $l)))`,
  "a trap handler that goes on": `(func (export "run") (call $running)
    (loop $l (try (do (loop $i (br $i))) (catch_all (loop $j (br $j))))
      (br $l)))`,
  "recursion without depth": `(func $f (param i32) (result i32)
      (if (result i32) (local.get 0)
        (then (i32.add
          (call $f (i32.sub (local.get 0) (i32.const 1)))
          (call $f (i32.sub (local.get 0) (i32.const 1)))))
        (else (i32.const 1))))
    (func (export "run") (call $running) (drop (call $f (i32.const 60))))`,
  "mutual recursion": `(func $a (param i32) (if (local.get 0) (then
        (call $b (i32.sub (local.get 0) (i32.const 1)))
        (call $b (i32.sub (local.get 0) (i32.const 1))))))
    (func $b (param i32) (if (local.get 0) (then
        (call $a (i32.sub (local.get 0) (i32.const 1)))
        (call $a (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "run") (call $running) (call $a (i32.const 60)))`,
  "calls that double sixty times": `
    ${
    Array.from({ length: 60 }, (_, i) =>
      `(func $f${i} (call $f${i + 1}) (call $f${i + 1}))`).join("\n")
  }
    (func $f60)
    (func (export "run") (call $running) (call $f0))`,
  "calls that double, in branches": `
    ${
    Array.from({ length: 60 }, (_, i) =>
      `(func $f${i} (if (global.get $one) (then (call $f${i + 1})))
         (if (global.get $one) (then (call $f${i + 1}))))`).join("\n")
  }
    (func $f60)
    (func (export "run") (call $running) (call $f0))`,
  "a table that doubles calls": `(type $t (func (param i32)))
    (table 1 funcref) (elem (i32.const 0) $f)
    (func $f (param i32) (if (local.get 0) (then
      (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))
      (call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))))
    (func (export "run") (call $running) (call $f (i32.const 60)))`,
  "tail calls": `(func $f (return_call $f))
    (func (export "run") (call $running) (call $f))`,
  "tail calls in turn": `(func $f (return_call $g)) (func $g (return_call $f))
    (func (export "run") (call $running) (call $f))`,
  "tail calls through a table": `(type $t (func))
    (table 1 funcref) (elem (i32.const 0) $f)
    (func $f (return_call_indirect (type $t) (i32.const 0)))
    (func (export "run") (call $running) (call $f))`,
  "SIMD code": `(func (export "run") (local v128) (call $running)
    (loop $l (local.set 0 (i8x16.add (local.get 0) (local.get 0))) (br $l)))`,
  "a start function": `(func $s (call $running) (loop $l (br $l))) (start $s)`,
  "a wait without an end": `(memory 1 1 shared)
    (func (export "run") (call $running) (drop (memory.atomic.wait32
      (i32.const 0) (i32.const 0) (i64.const -1))))`,
  "a wait of a day, at an offset": `(memory 1 1 shared)
    (func (export "run") (call $running) (drop (memory.atomic.wait64 offset=64
      (i32.const 0) (i64.const 0) (i64.const 86400000000000))))`,
  "bulk operations one after another": `(memory 1024 1024)
    (func (export "run") (call $running)
      ${
    "(memory.fill (i32.const 0) (i32.const 1) (i32.const 0x4000000))\n".repeat(
      2000,
    )
  })`,
  "a loop in a memory of 64 bits": `(memory i64 1)
    (func (export "run") (call $running)
      (loop $l (i64.store (i64.const 8) (i64.const 1)) (br $l)))`,
};

Deno.test("another thread ends each kind of endless code", async (t) => {
  using stopper = new Stopper();
  for (const [name, source] of Object.entries(ENDLESS)) {
    const bytes = await wat(`(module
      (import "host" "running" (func $running))
      (tag $t) (global $one i32 (i32.const 1)) ${source})`);
    await t.step(name, async () => {
      const { error, lateMs } = await stopper.stop(bytes);
      assertInstanceOf(error, WebAssembly.RuntimeError);
      assertMatch(error.message, /unreachable/);
      assertLess(lateMs, LATE_MS);
    });
  }
});

Deno.test("another thread ends what fills and copies much in one instruction", async (t) => {
  using stopper = new Stopper();
  const last = (1 << 30) - 1;
  const operations: Readonly<Record<string, string>> = {
    "a fill": `(memory.fill (i32.const 0) (i32.const 1) (i32.const ${
      last + 1
    }))`,
    "a copy, from its end": `(i32.store8 (i32.const 0) (i32.const 1))
      (memory.copy (i32.const 1) (i32.const 0) (i32.const ${last}))`,
  };
  for (const [name, operation] of Object.entries(operations)) {
    const bytes = await wat(`(module
      (import "host" "running" (func $running))
      (memory (export "memory") 16384 16384)
      (func (export "run") (call $running) ${operation}))`);
    await t.step(name, async () => {
      const { error, lateMs, exports } = await stopper.stop(bytes);
      assertInstanceOf(error, WebAssembly.RuntimeError);
      assertMatch(error.message, /unreachable/);
      assertLess(lateMs, LATE_MS);
      // A gigabyte that was never touched takes far longer than that.
      const memory = exports.memory as WebAssembly.Memory;
      const [end] = new Uint8Array(memory.buffer, name === "a fill" ? last : 1);
      assertEquals(end, 0, "it did not get to its end");
    });
  }
});

Deno.test("another thread ends code that was compiled with optimisations", async () => {
  using stopper = new Stopper();
  const bytes = await wat(`(module (import "host" "running" (func $running))
    (func $spin (param i32) (result i32)
      (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 0))
    (func (export "run") (call $running)
      (loop $l (drop (call $spin (i32.const 1000))) (br $l))))`);
  const { error, lateMs } = await stopper.stop(bytes, {}, 400);
  assertInstanceOf(error, WebAssembly.RuntimeError);
  assertLess(lateMs, LATE_MS);
});

Deno.test("a loop by references to functions, and one that catches as values", async (t) => {
  using stopper = new Stopper();
  const running = section(2, vec([...text("host"), ...text("running"), 0, 0]));
  const exported = section(7, vec([...text("run"), 0, 1]));
  const declared = section(9, vec([3, 0, 1, 2]));
  const types = section(1, vec([0x60, 0, 0]));
  const sources: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
    "return_call_ref": moduleOf(
      ...[types, running, section(3, vec([0], [0])), exported, declared],
      section(
        10,
        vec(body([0x10, 0, 0x10, 2]), body([0xd2, 2, 0x15, 0])),
      ),
    ),
    "try_table": moduleOf(
      ...[types, running, section(3, vec([0])), exported],
      section(
        10,
        vec(body([
          ...[0x10, 0, 0x03, 0x40, 0x02, 0x40, 0x1f, 0x40, 1, 2, 0],
          ...[0x03, 0x40, 0x0c, 0, 0x0b, 0x0b, 0x0b, 0x0c, 0, 0x0b],
        ])),
      ),
    ),
  };
  for (const [name, bytes] of Object.entries(sources)) {
    await t.step(name, async () => {
      const { error } = await stopper.stop(bytes);
      assertInstanceOf(error, WebAssembly.RuntimeError);
    });
  }
});

Deno.test("another thread ends a loop after a host call that suspended the guest", async () => {
  using stopper = new Stopper();
  const bytes = await wat(`(module
    (import "host" "running" (func $running))
    (import "host" "later" (func $later))
    (func (export "run") (call $later) (call $running) (loop $l (br $l))))`);
  const later = suspending(() => new Promise((done) => setTimeout(done, 1)));
  const { error, lateMs } = await stopper.stop(bytes, { later });
  assertInstanceOf(error, WebAssembly.RuntimeError);
  assertMatch(error.message, /unreachable/);
  assertLess(lateMs, LATE_MS);
});
