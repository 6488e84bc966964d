;; Calls a function of a capability that the manifest does not declare, for ever.
(module
  (import "pulp" "fs_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (func $attack (result i32)
    (loop $again
      (br_if $again (i32.eq (call $read (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)) (i32.const 99))))
    (i32.const 0)))
