;; Closes stdin, stdout and stderr, and then writes; returns the error number.
(module
  (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (func $attack (result i32)
    (drop (call $fd_close (i32.const 0)))
    (drop (call $fd_close (i32.const 1)))
    (drop (call $fd_close (i32.const 2)))
    (call $fd_write (i32.const 1) (i32.const 16) (i32.const 0) (i32.const 32))))
