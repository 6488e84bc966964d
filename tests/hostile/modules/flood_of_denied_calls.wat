;; Calls cells that it did not declare, for ever: the host has a record for each.
(module
  (import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "notes")
  (func $attack (result i32)
    (loop $again
      (br_if $again (call $call (i32.const 16) (i32.const 5) (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
    (i32.const 0)))
