;; Tries to catch its own trap and to go on.
(module
  (func $attack (result i32)
    (try (result i32)
      (do (i32.div_u (i32.const 1) (i32.const 0)))
      (catch_all (i32.const 0)))))
