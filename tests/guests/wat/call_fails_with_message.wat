;; Any call fails with code 11 and a message in UTF-8.
(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 4096))
  (func $alloc (export "pulp_alloc") (param $size i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get $size)) (i32.const 7)) (i32.const -8))))
  (func (export "pulp_free") (param i32 i32))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0))
  (func (export "pulp_on_call")
    (param $name i32) (param $name_len i32) (param $args i32) (param $args_len i32)
    (param $ptr_out i32) (param $len_out i32) (result i32)
    (i32.const 11))
  (data (i32.const 16) "no luck today \e2\80\94 try again")
  (func (export "pulp_on_call_error_ptr") (result i32) (i32.const 16))
  (func (export "pulp_on_call_error_len") (result i32) (i32.const 27)))
