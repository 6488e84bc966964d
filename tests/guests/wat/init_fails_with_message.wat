;; `pulp_init` returns 3 and says why.
(module
  (memory (export "memory") 1)
  (data (i32.const 16) "config.token is missing")
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 3))
  (func (export "pulp_init_error_ptr") (result i32) (i32.const 16))
  (func (export "pulp_init_error_len") (result i32) (i32.const 23))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
