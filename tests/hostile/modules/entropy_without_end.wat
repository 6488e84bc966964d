;; Asks for 2^32, for 2^64-1 and for no random bytes; returns what that gave, a digit each.
(module
  (import "pulp" "entropy_read" (func $entropy (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\81\a1n\cf\00\00\00\01\00\00\00\00")
  (data (i32.const 32) "\81\a1n\cf\ff\ff\ff\ff\ff\ff\ff\ff")
  (data (i32.const 48) "\81\a1n\00")
  (func $attack (result i32)
    (i32.add
      (i32.add
        (i32.mul (call $entropy (i32.const 16) (i32.const 12) (i32.const 64) (i32.const 68)) (i32.const 100))
        (i32.mul (call $entropy (i32.const 32) (i32.const 12) (i32.const 64) (i32.const 68)) (i32.const 10)))
      (call $entropy (i32.const 48) (i32.const 4) (i32.const 64) (i32.const 68)))))
