;; Parameters that claim to be 4,294,967,295 values.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 16) "SELECT 1")
  (data (i32.const 256) "\dd\ff\ff\ff\ff")
  (func $attack (result i32)
    (call $sql (i32.const 16) (i32.const 8) (i32.const 256) (i32.const 5) (i32.const 32) (i32.const 36))))
