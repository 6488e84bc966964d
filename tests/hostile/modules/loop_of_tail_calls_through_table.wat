;; Ends in itself through a table for ever.
(module
  (type $f (func (result i32)))
  (table 1 1 funcref)
  (elem (i32.const 0) $again)
  (func $again (result i32)
    (return_call_indirect (type $f) (i32.const 0)))
  (func $attack (result i32)
    (call $again)))
