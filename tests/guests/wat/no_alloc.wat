;; A cell without `pulp_alloc`. It runs as long as nobody hands it bytes: init
;; without config and shutdown work, a config or a step does not. Shutdown asks
;; for entropy, for which there is no allocator, and returns the code: 6.
(module
  (import "pulp" "entropy_read" (func $entropy_read (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\81\a1n\10") ;; {n: 16}
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32)
    (call $entropy_read (i32.const 16) (i32.const 4) (i32.const 64) (i32.const 68))))
