;; Imports a host function with numbers that the host does not take.
(module
  (import "pulp" "log_write" (func (param f64 externref) (result i32))))
