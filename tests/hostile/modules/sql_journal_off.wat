;; Gives up on what keeps acknowledged writes; that has no effect.
(module
  (import "pulp" "sqlite_exec" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "PRAGMA journal_mode = OFF")
  (func $attack (result i32)
    (call $sql (i32.const 256) (i32.const 25) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
