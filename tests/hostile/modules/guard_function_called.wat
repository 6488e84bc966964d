;; Calls a function that is only there once the guard was written into the module.
(module
  (memory (export "memory") 1)
  (func $attack (result i32)
    (call 40)
    (i32.const 0)))
