;; A query that has no last row.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n")
  (func $attack (result i32)
    (call $sql (i32.const 256) (i32.const 79) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
