;; fd_write with a million vectors, then with one of 4 GiB; returns the two error numbers.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 128)
  (func $attack (result i32)
    (i32.store (i32.const 16) (i32.const 0))
    (i32.store (i32.const 20) (i32.const -1))
    (i32.add
      (i32.mul (call $fd_write (i32.const 1) (i32.const 65536) (i32.const 1000000) (i32.const 32)) (i32.const 100))
      (call $fd_write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 32)))))
