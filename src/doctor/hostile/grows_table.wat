;; Grows a table, up to 4 million elements, and returns how many it got.
(module
  (memory (export "memory") 1)
  (table $table 1 funcref)
  (func (export "pulp_alloc") (param i32) (result i32) (i32.const 4096))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (loop $again
      (if (i32.lt_u (table.size $table) (i32.const 4000000)) (then
        (br_if $again
          (i32.ge_s
            (table.grow $table (ref.null func) (i32.const 1000))
            (i32.const 0))))))
    (table.size $table))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
