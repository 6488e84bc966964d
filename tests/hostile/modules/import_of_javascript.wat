;; Imports from the language of the host.
(module
  (import "wasm:js-string" "length" (func (param externref) (result i32))))
