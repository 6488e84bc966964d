;; Grows its memory, up to 256 pages, and returns how many it got.
(module
  (memory (export "memory") 1)
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (loop $again
      (if (i32.lt_u (memory.size) (i32.const 256)) (then
        (br_if $again
          (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))))
    (memory.size))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
