;; Grows a table as far as it gets.
(module
  (table $t 1 funcref)
  (func $attack (result i32)
    (loop $again
      (br_if $again (i32.ge_s (table.grow $t (ref.null func) (i32.const 10000)) (i32.const 0))))
    (i32.le_u (table.size $t) (i32.const 1000000))))
