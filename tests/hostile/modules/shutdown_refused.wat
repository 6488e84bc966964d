;; Says no when it is to shut down.
(module
  (func (export "pulp_shutdown") (result i32)
    (i32.const 5)))
