;; Starts with more pages than the manifest lets it have.
(module
  (memory (export "memory") 100))
