;; The same with a memory that the host makes.
(module
  (import "env" "memory" (memory 1 65536))
  (export "memory" (memory 0))
  (func $attack (result i32)
    (loop $again
      (br_if $again (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))
    (memory.size)))
