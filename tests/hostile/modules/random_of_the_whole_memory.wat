;; Has all of its memory filled with random bytes, for ever.
(module
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (memory (export "memory") 1024)
  (func $attack (result i32)
    (loop $again
      (br_if $again (i32.eqz (call $random_get (i32.const 65536) (i32.const 67043328)))))
    (unreachable)))
