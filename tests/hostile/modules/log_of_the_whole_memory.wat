;; Logs all of its memory as one text, and says a level that there is not.
(module
  (import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))
  (memory (export "memory") 64)
  (func $attack (result i32)
    (i32.add
      (i32.mul (call $log (i32.const 0) (i32.const 0) (i32.const 4194304)) (i32.const 100))
      (call $log (i32.const -1) (i32.const 0) (i32.const 16)))))
