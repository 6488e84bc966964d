;; Makes a value of a gigabyte.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "SELECT zeroblob(1000000000)")
  (func $attack (result i32)
    (call $sql (i32.const 256) (i32.const 27) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
