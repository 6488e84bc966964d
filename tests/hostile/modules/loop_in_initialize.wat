;; Never gets out of the start function of WASI.
(module
  (func (export "_initialize") (loop $again (br $again))))
