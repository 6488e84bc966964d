;; Two functions call each other 2^60 times and never get deep.
(module
  (func $left (param $n i32)
    (if (local.get $n)
      (then
        (call $right (i32.sub (local.get $n) (i32.const 1)))
        (call $right (i32.sub (local.get $n) (i32.const 1))))))
  (func $right (param $n i32)
    (call $left (local.get $n)))
  (func $attack (result i32)
    (call $left (i32.const 60))
    (i32.const 0)))
