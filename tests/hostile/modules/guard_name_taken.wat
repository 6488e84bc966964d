;; Exports a memory under the name of the guard, and never ends.
(module
  (memory (export "memory") 1)
  (memory $mine 1 1)
  (export "pulp:guard" (memory $mine))
  (func (export "pulp:start"))
  (func $attack (result i32)
    (loop $again
      (i32.store $mine (i32.const 0) (i32.const 0))
      (br $again))
    (unreachable)))
