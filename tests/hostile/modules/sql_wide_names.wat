;; Two thousand columns, each with a name of 200,000 letters.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 64)
  (data (i32.const 65536) "SELECT *")
  (func $attack (result i32)
    (local $at i32)
    (local.set $at (i32.const 65544))
    (loop $again
      (i32.store16 (local.get $at) (i32.const 0x2a2c)) ;; ,*
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br_if $again (i32.lt_u (local.get $at) (i32.const 69542))))
    (i64.store (local.get $at) (i64.const 0x28204d4f524620)) ;;  FROM (
    (i64.store (i32.add (local.get $at) (i32.const 7)) (i64.const 0x27205443454c4553)) ;; SELECT '
    (memory.fill (i32.add (local.get $at) (i32.const 15)) (i32.const 120) (i32.const 200000))
    (i32.store16 (i32.add (local.get $at) (i32.const 200015)) (i32.const 0x2927)) ;; ')
    (call $sql (i32.const 65536) (i32.const 204023) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
