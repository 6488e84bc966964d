;; Calls the host, which returns at once, and then never ends.
(module
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "before the loop")
  (func $attack (result i32)
    (drop (call $log (i32.const 0) (i32.const 16) (i32.const 15)))
    (loop $again (br $again))
    (unreachable)))
