;; Ends itself and catches that, again and again.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func $attack (result i32)
    (loop $again
      (try
        (do (call $exit (i32.const 7)))
        (catch_all))
      (br $again))
    (unreachable)))
