;; Asks for all of 4 GiB at once.
(module
  (func $attack (result i32)
    (memory.grow (i32.const 65535))))
