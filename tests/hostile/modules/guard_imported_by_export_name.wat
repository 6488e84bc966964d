;; The same under the name that the host exports it by.
(module
  (import "env" "pulp:guard" (memory 1 1 shared)))
