;; Built for the second generation: `sqlite_exec` with 6 parameters. A step
;; creates a table and returns the code.
(module
  (import "pulp" "sqlite_exec" (func $sqlite_exec (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "CREATE TABLE IF NOT EXISTS t (x)")
  (global $next (mut i32) (i32.const 4096))
  (func (export "pulp_alloc") (param $size i32) (result i32)
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size))))
  (func (export "pulp_free") (param i32 i32))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (call $sqlite_exec (i32.const 16) (i32.const 32) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 68)))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
