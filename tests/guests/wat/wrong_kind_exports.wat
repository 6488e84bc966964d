;; Exports the required names as other kinds of things.
(module
  (memory (export "pulp_step") 1)
  (global (export "pulp_init") i32 (i32.const 0))
  (table (export "pulp_shutdown") 1 funcref)
  (func (export "memory")))
