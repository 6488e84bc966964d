;; poll_oneoff with 2^32-1 subscriptions, and with none; returns the two error numbers.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (func $attack (result i32)
    (i32.add
      (i32.mul (call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const -1) (i32.const 16)) (i32.const 100))
      (call $poll_oneoff (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 16)))))
