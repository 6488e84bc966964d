/**
 * A cell that sends every WebSocket frame back, for tests and the benchmark.
 *
 * @module
 */

import { cellWat, wat } from "./wat.ts";

/** Before the event's own record: the envelope, a map header, `kind` with a value of eight characters, `payload`. */
const RECORD_AT = 20 + 1 + 5 + 9 + 8;

/** Where `ws.frame` and `ws.close` differ first. */
const KIND_AT = 20 + 1 + 5 + 1 + 3;

/** In a short `ws.frame`, the first byte of what was sent. */
const TEXT_AT = RECORD_AT + 1 + 8 + 9 + 7 + 2 + 8 + 2;

/** The module. What begins with `!` traps. */
export async function wsEchoCell(
  path = "/ws",
): Promise<Uint8Array<ArrayBuffer>> {
  return await wat(cellWat({
    imports:
      `(import "pulp" "ws_register" (func $register (param i32 i32) (result i32)))
      (import "pulp" "ws_send" (func $send (param i32 i32) (result i32)))`,
    without: ["memory", "pulp_alloc", "pulp_init", "pulp_step"],
    functions: `(memory (export "memory") 64)
      (data (i32.const 64) "${path}")
      (func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))
      (func (export "pulp_init") (param i32 i32) (result i32)
        (call $register (i32.const 64) (i32.const ${path.length})))
      (func (export "pulp_step") (param $p i32) (param $n i32) (result i32)
        (if (i32.eq (local.get $n) (i32.const 20)) (then (return (i32.const 0))))
        (if (i32.ne (i32.load8_u offset=${KIND_AT} (local.get $p)) (i32.const 102)) (then (return (i32.const 0))))
        (if (i32.eq (i32.load8_u offset=${TEXT_AT} (local.get $p)) (i32.const 33)) (then unreachable))
        (call $send (i32.add (local.get $p) (i32.const ${RECORD_AT})) (i32.sub (local.get $n) (i32.const ${RECORD_AT}))))`,
  }));
}
