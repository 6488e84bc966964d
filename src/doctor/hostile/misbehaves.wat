;; Does what the first letter of the name says: loop, trap, or grow its memory
;; up to 256 pages and answer with how many it got. Otherwise it answers with
;; its arguments. See loops.wat for why the loop comes to an end.
(module
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
    (local $left i64)
    (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 0x6c)) (then
      (local.set $left (i64.const 0x80000000))
      (loop $again
        (br_if $again
          (i64.ne
            (local.tee $left (i64.sub (local.get $left) (i64.const 1)))
            (i64.const 0))))))
    (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 0x74)) (then
      unreachable))
    (if (i32.eq (i32.load8_u (local.get $name)) (i32.const 0x67)) (then
      (loop $again
        (if (i32.lt_u (memory.size) (i32.const 256)) (then
          (br_if $again
            (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))))
      (i32.store (i32.const 8) (memory.size))
      (i32.store (local.get $ptr_out) (i32.const 8))
      (i32.store (local.get $len_out) (i32.const 4))
      (return (i32.const 0))))
    (i32.store (local.get $ptr_out) (local.get $args))
    (i32.store (local.get $len_out) (local.get $args_len))
    (i32.const 0)))
