;; Logs a text that looks like a line of the host.
(module
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "x\0atime=2026-01-01T00:00:00Z level=INFO msg=\22forged record\22\1b[2J")
  (func $attack (result i32)
    (call $log (i32.const 1) (i32.const 16) (i32.const 62))))
