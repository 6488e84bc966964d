;; Opens /etc/passwd through every descriptor from 0 to 63; returns the error that all of them gave.
(module
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "/etc/passwd")
  (func $attack (result i32)
    (local $fd i32)
    (loop $again
      (if (i32.ne (i32.const 8)
            (call $path_open (local.get $fd) (i32.const 0) (i32.const 16) (i32.const 11) (i32.const 0)
              (i64.const -1) (i64.const -1) (i32.const 0) (i32.const 32)))
        (then (return (i32.add (i32.const 1000) (local.get $fd)))))
      (br_if $again (i32.lt_u (local.tee $fd (i32.add (local.get $fd) (i32.const 1))) (i32.const 64))))
    (i32.const 8)))
