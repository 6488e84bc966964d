;; Every way on is the way back.
(module
  (func $attack (result i32)
    (local $i i32)
    (loop $again
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_table $again $again $again (local.get $i)))
    (unreachable)))
