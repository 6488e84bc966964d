;; Never gets out of the start function of the module.
(module
  (func $start (loop $again (br $again)))
  (start $start))
