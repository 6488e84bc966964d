;; Waits in the way that a badly written program does: by asking for the time.
(module
  (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
  (func $attack (result i32)
    (loop $again
      (drop (call $clock_time_get (i32.const 1) (i64.const 0) (i32.const 16)))
      (br $again))
    (unreachable)))
