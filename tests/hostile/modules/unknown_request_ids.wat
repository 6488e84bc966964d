;; Answers requests that nobody made: ids 0, 1 and 2^64-1.
(module
  (import "pulp" "http_respond" (func $respond (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "\82\a2id\cf\00\00\00\00\00\00\00\00\a6status\cc\c8")
  (func $attack (result i32)
    (local $sum i32)
    (local.set $sum (call $respond (i32.const 16) (i32.const 22)))
    (i32.store8 (i32.const 28) (i32.const 1))
    (local.set $sum (i32.add (i32.mul (local.get $sum) (i32.const 10)) (call $respond (i32.const 16) (i32.const 22))))
    (i64.store (i32.const 21) (i64.const -1))
    (i32.add (i32.mul (local.get $sum) (i32.const 10)) (call $respond (i32.const 16) (i32.const 22)))))
