;; 2^31 calls that never get deeper than 31: no stack is full, no loop is there.
(module
  (memory (export "memory") 1)
  (func $both (param $depth i32)
    (if (local.get $depth) (then
      (call $both (i32.sub (local.get $depth) (i32.const 1)))
      (call $both (i32.sub (local.get $depth) (i32.const 1))))))
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (call $both (i32.const 30))
    (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
