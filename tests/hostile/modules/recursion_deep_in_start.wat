;; The same before anything else.
(module
  (func $down (param i32) (result i32)
    (i32.add (call $down (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func $start
    (drop (call $down (i32.const 0))))
  (start $start))
