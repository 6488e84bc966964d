;; `pulp_alloc` always gives the same block: name, arguments and out words
;; lie over each other. `echo` answers what is left of its arguments.
(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 4096))
  (func $alloc (export "pulp_alloc") (param $size i32) (result i32)
    (i32.const 4096))
  (func (export "pulp_free") (param i32 i32))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0))
  (func (export "pulp_on_call")
    (param $name i32) (param $name_len i32) (param $args i32) (param $args_len i32)
    (param $ptr_out i32) (param $len_out i32) (result i32)
    (i32.store (local.get $ptr_out) (local.get $args))
    (i32.store (local.get $len_out) (local.get $args_len))
    (i32.const 0)))
