;; Never gets out of pulp_free.
(module
  (func (export "pulp_free") (param i32 i32)
    (loop $again (br $again))))
