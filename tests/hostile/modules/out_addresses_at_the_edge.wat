;; Wants responses stored at, over and far behind the edge of its memory; returns what that gave, a digit each.
(module
  (import "pulp" "entropy_read" (func $entropy (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\81\a1n\01")
  (func $try (param $sum i32) (param $ptr i32) (param $len i32) (result i32)
    (i32.add
      (i32.mul (local.get $sum) (i32.const 10))
      (call $entropy (i32.const 16) (i32.const 4) (local.get $ptr) (local.get $len))))
  (func $attack (result i32)
    (local $sum i32)
    (local.set $sum (call $try (i32.const 0) (i32.const 32) (i32.const 65532)))
    (local.set $sum (call $try (local.get $sum) (i32.const 32) (i32.const 65533)))
    (local.set $sum (call $try (local.get $sum) (i32.const 65536) (i32.const 32)))
    (local.set $sum (call $try (local.get $sum) (i32.const -4) (i32.const 32)))
    (local.set $sum (call $try (local.get $sum) (i32.const -1) (i32.const -1)))
    (call $try (local.get $sum) (i32.const 0x80000000) (i32.const 32))))
