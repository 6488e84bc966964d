/**
 * Cells that call each other, for tests.
 *
 * @module
 */

import { cellWat } from "./wat.ts";

/** A provider that does what the first byte of the name says, and otherwise echoes its arguments. */
export const MOODY = cellWat({
  functions: `
    (func (export "pulp_on_call") (param $name i32) (param $nlen i32) (param $args i32) (param $alen i32) (param $p i32) (param $l i32) (result i32)
      (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 108)) (then (loop $l (br $l))))
      (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 116)) (then unreachable))
      (i32.store (local.get $p) (local.get $args)) (i32.store (local.get $l) (local.get $alen)) (i32.const 0))`,
});

/** A provider that calls a function of another cell, and returns its answer, or the code as one byte. */
export function relay(target: string, name = "echo"): string {
  return cellWat({
    imports:
      `(import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))`,
    functions:
      `(data (i32.const 16) "${target}") (data (i32.const 64) "${name}")
    (func (export "pulp_on_call") (param $name i32) (param $nlen i32) (param $args i32) (param $alen i32) (param $p i32) (param $l i32) (result i32)
      (local $code i32)
      (local.set $code (call $call (i32.const 16) (i32.const ${target.length}) (i32.const 64) (i32.const ${name.length})
        (local.get $args) (local.get $alen) (local.get $p) (local.get $l)))
      (if (local.get $code) (then
        (i32.store (i32.const 8) (local.get $code)) (i32.store (local.get $p) (i32.const 8)) (i32.store (local.get $l) (i32.const 1))))
      (i32.const 0))`,
  });
}
