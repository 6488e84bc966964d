;; Calls a cell that it did not declare.
(module
  (import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "notes")
  (data (i32.const 64) "go")
  (func $attack (result i32)
    (call $call (i32.const 16) (i32.const 5) (i32.const 64) (i32.const 2) (i32.const 0) (i32.const 0) (i32.const 96) (i32.const 100))))
