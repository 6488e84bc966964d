;; Parameters that are 100,000 nils, of one byte each.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 4)
  (data (i32.const 16) "SELECT 1")
  (data (i32.const 65536) "\dd\00\01\86\a0")
  (func $attack (result i32)
    (memory.fill (i32.const 65541) (i32.const 0xc0) (i32.const 100000))
    (call $sql (i32.const 16) (i32.const 8) (i32.const 65536) (i32.const 100005) (i32.const 32) (i32.const 36))))
