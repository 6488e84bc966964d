;; Never gets out of probe_last_call.
(module
  (func (export "probe_last_call") (result i64)
    (loop $again (br $again))
    (unreachable)))
