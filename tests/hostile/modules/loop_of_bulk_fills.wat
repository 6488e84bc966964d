;; Each fill is one instruction over the whole memory; there are endlessly many.
(module
  (memory (export "memory") 256)
  (func $attack (result i32)
    (loop $again
      (memory.fill (i32.const 65536) (i32.const 0) (i32.const 16711680))
      (br $again))
    (unreachable)))
