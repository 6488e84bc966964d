;; Loops in pulp_step. It counts to 2^31, which takes seconds: an endless loop
;; would not let a doctor without a working guard say that it has none.
(module
  (memory (export "memory") 1)
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (local $left i64)
    (local.set $left (i64.const 0x80000000))
    (loop $again
      (br_if $again
        (i64.ne
          (local.tee $left (i64.sub (local.get $left) (i64.const 1)))
          (i64.const 0))))
    (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
