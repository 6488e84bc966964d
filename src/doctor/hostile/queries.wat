;; Hands its arguments to sqlite_exec, and answers with the code.
(module
  (import "pulp" "sqlite_exec"
    (func $exec (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 2)
  (global $top (mut i32) (i32.const 1024))
  (func (export "pulp_alloc") (param $size i32) (result i32)
    (if
      (i32.gt_u
        (i32.add (global.get $top) (local.get $size))
        (i32.const 131072))
      (then (global.set $top (i32.const 1024))))
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get $size))))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0))
  (func (export "pulp_on_call")
    (param $name i32) (param $name_len i32)
    (param $args i32) (param $args_len i32)
    (param $ptr_out i32) (param $len_out i32) (result i32)
    (i32.store8 (i32.const 8)
      (call $exec
        (local.get $args) (local.get $args_len) (i32.const 0) (i32.const 0)
        (i32.const 16) (i32.const 20)))
    (i32.store (local.get $ptr_out) (i32.const 8))
    (i32.store (local.get $len_out) (i32.const 1))
    (i32.const 0)))
