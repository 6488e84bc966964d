;; Logs for ever, 4 KiB at a time.
(module
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $attack (result i32)
    (memory.fill (i32.const 1024) (i32.const 120) (i32.const 4096))
    (loop $again
      (drop (call $log (i32.const 1) (i32.const 1024) (i32.const 4096)))
      (br $again))
    (unreachable)))
