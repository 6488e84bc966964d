;; Never gets out of pulp_on_call.
(module
  (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
    (loop $again (br $again))
    (unreachable)))
