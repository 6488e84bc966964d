;; A newer cell: after a response was read the host calls `pulp_post_return`,
;; not `pulp_free`. `echo` answers its arguments; `record` answers 16 raw bytes:
;; u32 calls of post_return, u32 its last ptr, u32 its last len, u32 whether
;; pulp_free was called with the last response.
(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 4096))
  (func $alloc (export "pulp_alloc") (param $size i32) (result i32)
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get $size)) (i32.const 7)) (i32.const -8))))
  (func (export "pulp_free") (param $ptr i32) (param i32)
    (if (i32.eq (local.get $ptr) (i32.const 2048))
      (then (i32.store (i32.const 1036) (i32.const 1)))))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0))
  (func (export "pulp_on_call")
    (param $name i32) (param $name_len i32) (param $args i32) (param $args_len i32)
    (param $ptr_out i32) (param $len_out i32) (result i32)
    (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 114)) ;; r
      (then
        (i32.store (local.get $ptr_out) (i32.const 1024))
        (i32.store (local.get $len_out) (i32.const 16))
        (return (i32.const 0))))
    (memory.copy (i32.const 2048) (local.get $args) (local.get $args_len))
    (i32.store (local.get $ptr_out) (i32.const 2048))
    (i32.store (local.get $len_out) (local.get $args_len))
    (i32.const 0))
  (func (export "pulp_post_return") (param $ptr i32) (param $len i32)
    (i32.store (i32.const 1024) (i32.add (i32.load (i32.const 1024)) (i32.const 1)))
    (i32.store (i32.const 1028) (local.get $ptr))
    (i32.store (i32.const 1032) (local.get $len))))
