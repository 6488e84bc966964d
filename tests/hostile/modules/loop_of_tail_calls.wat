;; Two functions that end in each other: no loop, and the stack never grows.
(module
  (func $ping (param i32) (result i32)
    (return_call $pong (i32.add (local.get 0) (i32.const 1))))
  (func $pong (param i32) (result i32)
    (return_call $ping (i32.add (local.get 0) (i32.const 1))))
  (func $attack (result i32)
    (call $ping (i32.const 0))))
