;; Calls functions of capabilities that its manifest does not declare, and
;; returns the first code that is not 99.
(module
  (import "pulp" "sqlite_exec"
    (func $exec (param i32 i32 i32 i32 i32 i32) (result i32)))
  (import "pulp" "http_fetch"
    (func $fetch (param i32 i32 i32 i32) (result i32)))
  (import "pulp" "fs_read"
    (func $read (param i32 i32 i32 i32) (result i32)))
  (import "pulp" "process_run" (func $run (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "SELECT 1")
  (func $differs (param $code i32) (result i32)
    (i32.ne (local.get $code) (i32.const 99)))
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (local $code i32)
    (local.set $code (call $exec
      (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 0)
      (i32.const 32) (i32.const 36)))
    (if (call $differs (local.get $code)) (then (return (local.get $code))))
    (local.set $code (call $fetch
      (i32.const 16) (i32.const 8) (i32.const 32) (i32.const 36)))
    (if (call $differs (local.get $code)) (then (return (local.get $code))))
    (local.set $code (call $read
      (i32.const 16) (i32.const 8) (i32.const 32) (i32.const 36)))
    (if (call $differs (local.get $code)) (then (return (local.get $code))))
    (call $run (i32.const 16) (i32.const 8)))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
