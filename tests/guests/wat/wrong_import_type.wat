;; Imports `sqlite_exec` with 5 parameters, which no generation of it has, and
;; `log_write` with an i64.
(module
  (import "pulp" "sqlite_exec" (func (param i32 i32 i32 i32 i32) (result i32)))
  (import "pulp" "log_write" (func (param i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
