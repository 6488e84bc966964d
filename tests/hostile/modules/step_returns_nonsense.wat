;; Returns an output handle that leads nowhere.
(module
  (func (export "pulp_step") (param i32 i32) (result i32)
    (i32.const -559038737)))
