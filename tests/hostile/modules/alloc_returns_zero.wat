;; Never has any memory.
(module
  (func (export "pulp_alloc") (param $n i32) (result i32)
    (i32.const 0)))
