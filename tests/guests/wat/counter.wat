;; A well-behaved cell. `count` answers the steps so far as uint64, `echo` its
;; arguments, `envelope` the last step envelope as it came (raw, not MessagePack).
;; A step returns 0; the marker is the number of bytes of the config.
(module
  (memory (export "memory") 2)
  (global $next (mut i32) (i32.const 32768))
  (global $steps (mut i64) (i64.const 0))
  (global $marker (mut i64) (i64.const -1))
  (global $stopped (mut i32) (i32.const 0))
  (global $envelope_len (mut i32) (i32.const 0))

  ;; Bump allocation that starts again from the bottom before the memory ends.
  (func $alloc (export "pulp_alloc") (param $size i32) (result i32)
    (local $ptr i32)
    (if (i32.gt_u (local.get $size) (i32.const 28672)) (then (return (i32.const 0))))
    (if (i32.gt_u (i32.add (global.get $next) (local.get $size)) (i32.const 131072))
      (then (global.set $next (i32.const 32768))))
    (local.set $ptr (global.get $next))
    (global.set $next
      (i32.and (i32.add (i32.add (global.get $next) (local.get $size)) (i32.const 7)) (i32.const -8)))
    (local.get $ptr))
  (func (export "pulp_free") (param i32 i32))

  (func (export "pulp_init") (param $ptr i32) (param $len i32) (result i32)
    (global.set $marker (i64.extend_i32_u (local.get $len)))
    (i32.const 0))
  (func (export "pulp_step") (param $ptr i32) (param $len i32) (result i32)
    (global.set $steps (i64.add (global.get $steps) (i64.const 1)))
    (global.set $envelope_len (local.get $len))
    ;; The envelope is kept at 4096, below the heap.
    (memory.copy (i32.const 4096) (local.get $ptr) (local.get $len))
    (i32.const 0))
  (func (export "pulp_shutdown") (result i32)
    (global.set $stopped (i32.const 1))
    (i32.const 0))

  (func (export "pulp_on_call")
    (param $name i32) (param $name_len i32) (param $args i32) (param $args_len i32)
    (param $ptr_out i32) (param $len_out i32) (result i32)
    (local $first i32)
    (local.set $first (i32.load8_u (local.get $name)))
    (if (i32.eq (local.get $first) (i32.const 99)) ;; c
      (then
        (i32.store8 (i32.const 1024) (i32.const 0xcf))
        (i64.store (i32.const 1025) (call $big_endian (global.get $steps)))
        (i32.store (local.get $ptr_out) (i32.const 1024))
        (i32.store (local.get $len_out) (i32.const 9))
        (return (i32.const 0))))
    (if (i32.eq (local.get $first) (i32.const 101)) ;; e
      (then
        (if (i32.eq (local.get $name_len) (i32.const 4))
          (then ;; echo
            (i32.store (local.get $ptr_out) (local.get $args))
            (i32.store (local.get $len_out) (local.get $args_len)))
          (else ;; envelope
            (i32.store (local.get $ptr_out) (i32.const 4096))
            (i32.store (local.get $len_out) (global.get $envelope_len))))
        (return (i32.const 0))))
    (i32.const 10))

  (func $big_endian (param $value i64) (result i64)
    (local $result i64)
    (local $bytes i32)
    (loop $next
      (local.set $result
        (i64.or (i64.shl (local.get $result) (i64.const 8))
          (i64.and (local.get $value) (i64.const 255))))
      (local.set $value (i64.shr_u (local.get $value) (i64.const 8)))
      (local.set $bytes (i32.add (local.get $bytes) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $bytes) (i32.const 8))))
    (local.get $result))

  (func (export "probe_last_call") (result i64)
    (i64.load (i32.const 4096)))
  (func (export "probe_config_marker") (result i64)
    (global.get $marker)))
