;; Writes 5000 records in one step.
(module
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "flood")
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (local $left i32)
    (local.set $left (i32.const 5000))
    (loop $again
      (drop (call $log (i32.const 1) (i32.const 16) (i32.const 5)))
      (br_if $again
        (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
    (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
