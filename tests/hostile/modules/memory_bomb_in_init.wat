;; Grows its memory as far as it gets and writes to all of it, in pulp_init.
(module
  (memory (export "memory") 1)
  (func (export "pulp_init") (param i32 i32) (result i32)
    (loop $again
      (br_if $again (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0))))
    (memory.fill (i32.const 65536) (i32.const 170) (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 65536)))
    (i32.const 0))
  (func $attack (result i32)
    (memory.size)))
