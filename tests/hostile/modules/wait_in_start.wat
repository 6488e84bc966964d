;; The same before anything else.
(module
  (memory (export "memory") 1 1 shared)
  (func $start
    (drop (memory.atomic.wait32 (i32.const 16) (i32.const 0) (i64.const -1))))
  (start $start))
