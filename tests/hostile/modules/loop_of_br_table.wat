;; The way back of the loop is the last entry of a branch table.
(module
  (func $attack (result i32)
    (local $i i32)
    (loop $again
      (block $out
        (local.set $i (i32.and (i32.add (local.get $i) (i32.const 1)) (i32.const 7)))
        (br_table $again $again $again $again (i32.const 3))
        (br $out)))
    (local.get $i)))
