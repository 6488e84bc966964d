;; A step asks WASI for what a cell does not have and returns a bit for each
;; answer that is right: 1 no arguments, 2 no preopened folder at 3, 4 stdin at
;; its end, 8 a write from outside memory refused, 16 random bytes to outside
;; memory refused.
(module
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $prestat (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\40\00\00\00\10\00\00\00") ;; iovec: 64, 16
  (data (i32.const 8) "\f0\ff\ff\ff\10\00\00\00") ;; iovec: outside
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (local $right i32)
    (i32.store (i32.const 128) (i32.const 9))
    (if (i32.eqz (i32.or
          (call $args (i32.const 128) (i32.const 132))
          (i32.load (i32.const 128))))
      (then (local.set $right (i32.const 1))))
    (if (call $prestat (i32.const 3) (i32.const 136))
      (then (local.set $right (i32.or (local.get $right) (i32.const 2)))))
    (i32.store (i32.const 140) (i32.const 9))
    (if (i32.eqz (i32.or
          (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 140))
          (i32.load (i32.const 140))))
      (then (local.set $right (i32.or (local.get $right) (i32.const 4)))))
    (if (call $write (i32.const 1) (i32.const 8) (i32.const 1) (i32.const 144))
      (then (local.set $right (i32.or (local.get $right) (i32.const 8)))))
    (if (call $random (i32.const 65530) (i32.const 100))
      (then (local.set $right (i32.or (local.get $right) (i32.const 16)))))
    (local.get $right))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
