;; Registers routes until the host takes no more; returns how many it took.
(module
  (import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
  (memory (export "memory") 1)
  ;; The path is /flood/ and four characters, at 16 + 17.
  (data (i32.const 16) "\82\a6method\a3GET\a4path\ab/flood/aaaa")
  (func $attack (result i32)
    (local $n i32)
    (loop $again
      (i32.store (i32.const 41) (i32.add (i32.const 0x61616161)
        (i32.or (i32.and (local.get $n) (i32.const 15))
          (i32.or (i32.shl (i32.and (local.get $n) (i32.const 0xf0)) (i32.const 4))
            (i32.shl (i32.and (local.get $n) (i32.const 0xf00)) (i32.const 8))))))
      (if (i32.eqz (call $register (i32.const 16) (i32.const 29)))
        (then
          (local.set $n (i32.add (local.get $n) (i32.const 1)))
          (br_if $again (i32.lt_u (local.get $n) (i32.const 4096))))))
    (local.get $n)))
