;; Waits for a sibling, and loops when it has answered. The stack that loops
;; is one that was suspended before. See loops.wat for why it comes to an end.
(module
  (import "pulp" "pulp_call"
    (func $pulp_call (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "sibling")
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (local $left i64)
    (drop (call $pulp_call
      (i32.const 16) (i32.const 7) (i32.const 16) (i32.const 7)
      (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36)))
    (local.set $left (i64.const 0x80000000))
    (loop $again
      (br_if $again
        (i64.ne
          (local.tee $left (i64.sub (local.get $left) (i64.const 1)))
          (i64.const 0))))
    (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
