;; Calls itself until there is no stack left, catches that, and does it again.
(module
  (func $down (param i32) (result i32)
    (i32.add (call $down (i32.add (local.get 0) (i32.const 1))) (i32.const 1)))
  (func $attack (result i32)
    (loop $again
      (try
        (do (drop (call $down (i32.const 0))))
        (catch_all))
      (br $again))
    (unreachable)))
