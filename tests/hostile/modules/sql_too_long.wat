;; A statement of two megabytes.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 64)
  (data (i32.const 65536) "SELECT 1")
  (func $attack (result i32)
    (memory.fill (i32.const 65544) (i32.const 32) (i32.const 2097152))
    (call $sql (i32.const 65536) (i32.const 2097152) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
