;; Grows its memory within pulp_alloc, which takes away what the host held of it.
(module
  (memory (export "memory") 1)
  (func (export "pulp_alloc") (param i32) (result i32)
    (local $pages i32)
    (local.set $pages (memory.grow (i32.const 1)))
    (if (result i32) (i32.lt_s (local.get $pages) (i32.const 0))
      (then (i32.const 1024))
      (else (i32.mul (local.get $pages) (i32.const 65536)))))
  (func (export "pulp_step") (param i32 i32) (result i32)
    ;; The length of the payload: the envelope arrived where it should.
    (i32.load offset=16 (local.get 0))))
