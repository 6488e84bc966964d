;; Counts the variables and arguments that it can see.
(module
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $attack (result i32)
    (drop (call $environ_sizes_get (i32.const 16) (i32.const 20)))
    (drop (call $args_sizes_get (i32.const 24) (i32.const 28)))
    (i32.add (i32.load (i32.const 16)) (i32.load (i32.const 24)))))
