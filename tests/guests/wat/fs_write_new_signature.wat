;; Built for the second generation: `fs_write` with 6 parameters, without a
;; mode. A step writes "content" to a.txt and returns the code; 99 where
;; storage.fs is not declared.
(module
  (import "pulp" "fs_write" (func $fs_write (param i32 i32 i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "a.txt")
  (data (i32.const 32) "content")
  (global $next (mut i32) (i32.const 4096))
  (func (export "pulp_alloc") (param $size i32) (result i32)
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size))))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (call $fs_write (i32.const 16) (i32.const 5) (i32.const 32) (i32.const 7) (i32.const 0) (i32.const 0)))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
