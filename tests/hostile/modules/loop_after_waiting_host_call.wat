;; Calls the host through a function that may wait, is resumed, and never ends.
(module
  (import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "nobody")
  (func $attack (result i32)
    (drop (call $call (i32.const 16) (i32.const 6) (i32.const 16) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36)))
    (loop $again (br $again))
    (unreachable)))
