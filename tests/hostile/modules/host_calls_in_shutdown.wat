;; Calls the host while it shuts down, a function that may wait among them.
(module
  (import "pulp" "pulp_call" (func $call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "nobody")
  (func (export "pulp_shutdown") (result i32)
    (drop (call $log (i32.const 0) (i32.const 16) (i32.const 6)))
    (i32.ne (i32.const 11)
      (call $call (i32.const 16) (i32.const 6) (i32.const 16) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36)))))
