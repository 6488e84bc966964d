;; Its response is 60,000 arrays in each other.
(module
  (memory (export "memory") 1)
  (func (export "pulp_on_call") (param i32 i32 i32 i32 i32 i32) (result i32)
    (memory.fill (i32.const 1024) (i32.const 0x91) (i32.const 60000))
    (i32.store (local.get 4) (i32.const 1024))
    (i32.store (local.get 5) (i32.const 60000))
    (i32.const 0)))
