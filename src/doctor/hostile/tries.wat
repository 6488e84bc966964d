;; Hands name and arguments to a capability that is broken on purpose, and
;; answers with what that answers.
(module
  (import "pulp" "doctor_try"
    (func $try (param i32 i32 i32 i32 i32 i32) (result i32)))
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
    (drop (call $try
      (local.get $name) (local.get $name_len)
      (local.get $args) (local.get $args_len)
      (local.get $ptr_out) (local.get $len_out)))
    (i32.const 0)))
