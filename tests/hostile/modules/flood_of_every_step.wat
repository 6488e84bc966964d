;; Logs four records in each step, whatever it is called for.
(module
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "and another one")
  (func (export "pulp_step") (param i32 i32) (result i32)
    (drop (call $log (i32.const 1) (i32.const 16) (i32.const 15)))
    (drop (call $log (i32.const 1) (i32.const 16) (i32.const 15)))
    (drop (call $log (i32.const 1) (i32.const 16) (i32.const 15)))
    (drop (call $log (i32.const 1) (i32.const 16) (i32.const 15)))
    (i32.const 0)))
