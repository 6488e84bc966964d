;; The loop is in a function that is only reached through a table.
(module
  (type $f (func (result i32)))
  (table 2 2 funcref)
  (elem (i32.const 0) $spin $attack)
  (func $spin (result i32)
    (loop $again (br $again))
    (unreachable))
  (func $attack (result i32)
    (call_indirect (type $f) (i32.const 0))))
