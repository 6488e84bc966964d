;; A parameter that claims to be a text of 4 GiB.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 16) "SELECT 1")
  (data (i32.const 256) "\91\db\ff\ff\ff\ffx")
  (func $attack (result i32)
    (call $sql (i32.const 16) (i32.const 8) (i32.const 256) (i32.const 7) (i32.const 32) (i32.const 36))))
