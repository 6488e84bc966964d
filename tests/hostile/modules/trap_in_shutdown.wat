;; The same in pulp_shutdown.
(module
  (func (export "pulp_shutdown") (result i32)
    (unreachable)))
