;; Leaves its first memory alone and grows a second one.
(module
  (memory (export "memory") 1)
  (memory $more 0)
  (func $attack (result i32)
    (loop $again
      (br_if $again (i32.ge_s (memory.grow $more (i32.const 1)) (i32.const 0))))
    (i32.add (memory.size) (memory.size $more))))
