;; A command, not a reactor: WASI starts it with `_start`, which prints a line
;; and returns. Then the entry points are called as usual; a step returns how
;; often `_start` ran.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $starts (mut i32) (i32.const 0))
  (data (i32.const 16) "hello from _start\n")
  (data (i32.const 0) "\10\00\00\00\12\00\00\00") ;; one iovec: 16, 18
  (func (export "_start")
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))
    (global.set $starts (i32.add (global.get $starts) (i32.const 1))))
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (global.get $starts))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
