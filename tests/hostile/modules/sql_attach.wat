;; Attaches a database beside its own.
(module
  (import "pulp" "sqlite_exec" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "ATTACH '../escaped.db' AS other")
  (func $attack (result i32)
    (call $sql (i32.const 256) (i32.const 31) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
