;; Imports the memory with which the host stops it.
(module
  (import "pulp" "guard" (memory 1 1 shared)))
