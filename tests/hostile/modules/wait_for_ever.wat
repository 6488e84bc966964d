;; Waits for a word of its shared memory that nobody will ever change.
(module
  (memory (export "memory") 1 1 shared)
  (func $attack (result i32)
    (memory.atomic.wait32 (i32.const 16) (i32.const 0) (i64.const -1))))
