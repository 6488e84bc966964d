;; Never ends, and tries to catch what ends it.
(module
  (func $attack (result i32)
    (loop $out
      (try
        (do (loop $again (br $again)))
        (catch_all))
      (br $out))
    (unreachable)))
