;; Hands out memory that it does not have.
(module
  (func (export "pulp_alloc") (param $n i32) (result i32)
    (i32.const 0x7fff0000)))
