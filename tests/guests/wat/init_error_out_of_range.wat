;; `pulp_init` fails with a message that is not in memory.
(module
  (memory (export "memory") 1)
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 1))
  (func (export "pulp_init_error_ptr") (result i32) (i32.const 65530))
  (func (export "pulp_init_error_len") (result i32) (i32.const 100))
  (func (export "pulp_step") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
