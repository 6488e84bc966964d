;; Grows its memory as far as it gets; returns the pages.
(module
  (func $attack (result i32)
    (loop $again
      (br_if $again (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))
    (memory.size)))
