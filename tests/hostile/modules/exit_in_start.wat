;; Ends itself before anything else.
(module
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (func (export "_initialize")
    (call $exit (i32.const 0))))
