;; Calls the host before there is a memory to speak of; the start goes on.
(module
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (global $codes (mut i32) (i32.const 0))
  (func $start
    (global.set $codes (i32.add
      (i32.mul (call $log (i32.const 1) (i32.const 70000) (i32.const 4)) (i32.const 100))
      (call $random_get (i32.const 70000) (i32.const 4)))))
  (start $start)
  (func $attack (result i32)
    (global.get $codes)))
