;; Writes to a memory that is only there once the guard was written into the module.
(module
  (memory (export "memory") 1)
  (func $attack (result i32)
    (loop $again
      (i32.store 1 (i32.const 0) (i32.const 0))
      (br $again))
    (unreachable)))
