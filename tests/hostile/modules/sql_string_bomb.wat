;; Doubles a text until something gives.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "WITH RECURSIVE b(s) AS (SELECT 'x' UNION ALL SELECT s || s FROM b) SELECT max(length(s)) FROM b")
  (func $attack (result i32)
    (call $sql (i32.const 256) (i32.const 95) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
