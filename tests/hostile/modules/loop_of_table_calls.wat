;; No loop at all in what a table call reaches: the loop only calls.
(module
  (type $f (func (result i32)))
  (table 1 1 funcref)
  (elem (i32.const 0) $one)
  (func $one (result i32)
    (i32.const 1))
  (func $attack (result i32)
    (loop $again
      (br_if $again (call_indirect (type $f) (i32.const 0))))
    (i32.const 0)))
