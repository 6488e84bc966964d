;; Throws and catches for ever.
(module
  (tag $e)
  (func $attack (result i32)
    (loop $again
      (try
        (do (throw $e))
        (catch_all))
      (br $again))
    (unreachable)))
