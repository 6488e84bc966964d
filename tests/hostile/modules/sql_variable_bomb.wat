;; A variable with a billion in its brackets, which is the number of none.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "SELECT #a(?999999999)")
  (func $attack (result i32)
    (call $sql (i32.const 256) (i32.const 21) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
