;; Keeps the vector unit busy for ever.
(module
  (func $attack (result i32)
    (local $v v128)
    (loop $again
      (local.set $v (i32x4.add (i32x4.mul (local.get $v) (local.get $v)) (v128.const i32x4 1 3 5 7)))
      (br_if $again (i32.eqz (v128.any_true (v128.const i64x2 0 0)))))
    (i8x16.extract_lane_u 0 (local.get $v))))
