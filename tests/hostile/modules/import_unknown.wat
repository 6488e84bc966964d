;; Imports a function that no host has.
(module
  (import "pulp" "sqlite_exce" (func (param i32 i32 i32 i32) (result i32))))
