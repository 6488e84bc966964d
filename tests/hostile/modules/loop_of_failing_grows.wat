;; Asks for memory that it does not get, for ever.
(module
  (func $attack (result i32)
    (loop $again
      (drop (memory.grow (i32.const 60000)))
      (br $again))
    (unreachable)))
