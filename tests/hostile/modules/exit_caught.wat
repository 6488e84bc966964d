;; Ends itself, catches that, and answers as if nothing had been.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func $attack (result i32)
    (try
      (do (call $exit (i32.const 7)))
      (catch_all))
    (i32.const 0)))
