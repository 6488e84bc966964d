;; Hands out the same place for everything.
(module
  (func (export "pulp_alloc") (param $n i32) (result i32)
    (i32.const 1024))
  (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
    (i32.const 0)))
