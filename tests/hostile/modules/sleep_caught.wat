;; Sleeps for an hour again and again, within a handler that catches everything.
(module
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; One subscription: the monotonic clock, an hour of nanoseconds, relative.
  (data (i32.const 16) "\01\00\00\00\00\00\00\00" "\00\00\00\00\00\00\00\00"
    "\01\00\00\00\00\00\00\00" "\00\a0\b8\30\46\03\00\00")
  (func $attack (result i32)
    (loop $again
      (try
        (do (drop (call $poll_oneoff (i32.const 16) (i32.const 256) (i32.const 1) (i32.const 512))))
        (catch_all))
      (br $again))
    (unreachable)))
