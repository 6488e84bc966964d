;; Exports both: WASI starts it with `_initialize`, and `_start` would trap.
;; A step returns how often `_initialize` ran.
(module
  (memory (export "memory") 1)
  (global $starts (mut i32) (i32.const 0))
  (func (export "_initialize")
    (global.set $starts (i32.add (global.get $starts) (i32.const 1))))
  (func (export "_start") (unreachable))
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (global.get $starts))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
