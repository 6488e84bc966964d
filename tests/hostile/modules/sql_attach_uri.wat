;; The same by URI.
(module
  (import "pulp" "sqlite_exec" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "ATTACH 'file:../escaped.db?mode=rwc' AS other")
  (func $attack (result i32)
    (call $sql (i32.const 256) (i32.const 45) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
