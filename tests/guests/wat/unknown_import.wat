;; Imports what no capability provides, from modules known and unknown. The
;; load names every one of them.
(module
  (import "pulp" "teleport" (func (param i32) (result i32)))
  (import "pulp" "http_fetsh" (func (param i32 i32 i32 i32) (result i32)))
  (import "env" "abort" (func (param i32 i32 i32 i32)))
  (import "wasi_snapshot_preview1" "fd_teleport" (func (param i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
