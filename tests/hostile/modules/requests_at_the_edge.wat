;; Has texts logged at, over and far behind the edge of its memory; returns what that gave, a digit each.
(module
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (func $try (param $sum i32) (param $ptr i32) (param $len i32) (result i32)
    (i32.add
      (i32.mul (local.get $sum) (i32.const 10))
      (call $log (i32.const 0) (local.get $ptr) (local.get $len))))
  (func $attack (result i32)
    (local $sum i32)
    (local.set $sum (call $try (i32.const 0) (i32.const 131071) (i32.const 1)))
    (local.set $sum (call $try (local.get $sum) (i32.const 131071) (i32.const 2)))
    (local.set $sum (call $try (local.get $sum) (i32.const 131072) (i32.const 0)))
    (local.set $sum (call $try (local.get $sum) (i32.const 0) (i32.const -1)))
    (local.set $sum (call $try (local.get $sum) (i32.const -1) (i32.const 1)))
    (local.set $sum (call $try (local.get $sum) (i32.const -1) (i32.const -1)))
    (call $try (local.get $sum) (i32.const 0x80000000) (i32.const 0x80000000))))
