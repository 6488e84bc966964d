;; The same through a table.
(module
  (type $f (func (param i32) (result i32)))
  (table 1 1 funcref)
  (elem (i32.const 0) $down)
  (func $down (param i32) (result i32)
    (i32.add (call_indirect (type $f) (i32.add (local.get 0) (i32.const 1)) (i32.const 0)) (i32.const 1)))
  (func $attack (result i32)
    (call $down (i32.const 0))))
