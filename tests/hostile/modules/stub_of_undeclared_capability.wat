;; Calls host functions that its manifest does not declare.
(module
  (import "pulp" "sqlite_exec" (func $exec (param i32 i32 i32 i32) (result i32)))
  (import "pulp" "http_fetch" (func $fetch (param i32 i32 i32 i32) (result i32)))
  (func $attack (result i32)
    (i32.add
      (i32.mul (call $exec (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 100))
      (call $fetch (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))))
