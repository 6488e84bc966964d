;; Reads from and closes streams that it never opened.
(module
  (import "pulp" "http_fetch_read" (func $read (param i32 i32 i32 i32 i32) (result i32)))
  (import "pulp" "http_fetch_close" (func $close (param i32 i32) (result i32)))
  (func $attack (result i32)
    (drop (call $close (i32.const 7) (i32.const 0)))
    (drop (call $close (i32.const -1) (i32.const -1)))
    ;; Reading gives an error, whichever.
    (i32.ne (i32.const 0) (call $read (i32.const -1) (i32.const -1) (i32.const -1) (i32.const 32) (i32.const 36)))))
