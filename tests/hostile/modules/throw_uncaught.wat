;; Throws what nobody catches.
(module
  (tag $e)
  (func $attack (result i32)
    (throw $e)))
