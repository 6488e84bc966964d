;; Loads native code.
(module
  (import "pulp" "sqlite_query" (func $sql (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 256) "SELECT load_extension('/lib/x86_64-linux-gnu/libm.so.6')")
  (func $attack (result i32)
    (call $sql (i32.const 256) (i32.const 56) (i32.const 0) (i32.const 0) (i32.const 32) (i32.const 36))))
