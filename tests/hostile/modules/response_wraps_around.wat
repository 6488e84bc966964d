;; Its response begins before the end of 4 GiB and ends behind it.
(module
  (memory (export "memory") 1)
  (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.store (local.get 4) (i32.const -16))
    (i32.store (local.get 5) (i32.const 64))
    (i32.const 0)))
