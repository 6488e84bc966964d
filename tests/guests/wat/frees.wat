;; Counts its buffers: `live` answers u32 allocations, u32 frees, u32 the last
;; size freed, u32 frees of an unknown block or a wrong size (raw). Everything
;; that was allocated before a call is freed after it, also when it failed (`fail`).
(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 65536))
  (func $alloc (export "pulp_alloc") (param $size i32) (result i32)
    (local $slot i32)
    (local.set $slot (i32.add (i32.const 2048) (i32.mul (i32.load (i32.const 1024)) (i32.const 8))))
    (i32.store (i32.const 1024) (i32.add (i32.load (i32.const 1024)) (i32.const 1)))
    (i32.store (local.get $slot) (global.get $next))
    (i32.store offset=4 (local.get $slot) (local.get $size))
    (global.get $next)
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get $size)) (i32.const 7)) (i32.const -8))))
  (func (export "pulp_free") (param $ptr i32) (param $size i32)
    (local $slot i32)
    ;; The response lies at 1024 and is no allocation.
    (if (i32.eq (local.get $ptr) (i32.const 1024)) (then (return)))
    (i32.store (i32.const 1028) (i32.add (i32.load (i32.const 1028)) (i32.const 1)))
    (i32.store (i32.const 1032) (local.get $size))
    (local.set $slot (i32.const 2048))
    (loop $search
      (if (i32.and
            (i32.eq (i32.load (local.get $slot)) (local.get $ptr))
            (i32.eq (i32.load offset=4 (local.get $slot)) (local.get $size)))
        (then
          (i32.store (local.get $slot) (i32.const 0))
          (return)))
      (local.set $slot (i32.add (local.get $slot) (i32.const 8)))
      (br_if $search (i32.lt_u (local.get $slot) (i32.const 65536))))
    (i32.store (i32.const 1036) (i32.add (i32.load (i32.const 1036)) (i32.const 1))))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0))
  (func (export "pulp_on_call")
    (param $name i32) (param $name_len i32) (param $args i32) (param $args_len i32)
    (param $ptr_out i32) (param $len_out i32) (result i32)
    (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 102)) ;; f
      (then (return (i32.const 1))))
    (i32.store (local.get $ptr_out) (i32.const 1024))
    (i32.store (local.get $len_out) (i32.const 16))
    (i32.const 0)))
