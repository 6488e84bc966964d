;; Parameters that are 100,000 maps in each other.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 16) "SELECT 1")
  (func $attack (result i32)
    (memory.fill (i32.const 65536) (i32.const 0x81) (i32.const 100000))
    (call $sql (i32.const 16) (i32.const 8) (i32.const 65536) (i32.const 100000) (i32.const 32) (i32.const 36))))
