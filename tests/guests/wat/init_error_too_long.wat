;; `pulp_init` fails with a message of a whole page, more than the 4096 bytes
;; that are shown. It is all "x", with a terminal escape in front.
(module
  (memory (export "memory") 2)
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 70000))
  (func (export "pulp_init") (param i32 i32) (result i32)
    (memory.fill (i32.const 0) (i32.const 120) (i32.const 65536))
    (i32.store (i32.const 0) (i32.const 0x6d325b1b)) ;; ESC [2m
    (i32.const 1))
  (func (export "pulp_init_error_ptr") (result i32) (i32.const 0))
  (func (export "pulp_init_error_len") (result i32) (i32.const 65536))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
