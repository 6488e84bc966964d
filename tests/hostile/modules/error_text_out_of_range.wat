;; Refuses to start with a message that lies outside of its memory.
(module
  (func (export "pulp_init") (param i32 i32) (result i32)
    (i32.const 1))
  (func (export "pulp_init_error_ptr") (result i32)
    (i32.const -4))
  (func (export "pulp_init_error_len") (result i32)
    (i32.const -1)))
