;; Reads from and closes streams that it never opened.
(module
  (import "pulp" "http_fetch_read" (func $read (param i32 i32 i32 i32 i32) (result i32)))
  (import "pulp" "http_fetch_close" (func $close (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func $attack (result i32)
    (drop (call $close (i32.const 7) (i32.const 0)))
    (drop (call $close (i32.const -1) (i32.const -1)))
    ;; A code, or a record of a few bytes that says so: nothing was read.
    (i32.or
      (i32.ne (i32.const 0) (call $read (i32.const -1) (i32.const -1) (i32.const -1) (i32.const 32) (i32.const 36)))
      (i32.lt_u (i32.load (i32.const 36)) (i32.const 200)))))
