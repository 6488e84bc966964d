;; Exports `pulp_on_call` and no `pulp_alloc`: nobody could hand it a name. The
;; load says that the export is missing.
(module
  (memory (export "memory") 1)
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0))
  (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const 0)))
