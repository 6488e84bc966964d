;; A step answers a request with a body that claims 4 GiB, then with a map that
;; claims 2^32-1 headers: both codes are 3, and the step returns their sum, 6.
(module
  (import "pulp" "http_respond" (func $http_respond (param i32 i32) (result i32)))
  (memory (export "memory") 4)
  (global $next (mut i32) (i32.const 196608))
  (data (i32.const 0) "\82\a2id\01\a4body\c6\ff\ff\ff\ff\00")
  (data (i32.const 64) "\82\a2id\01\a7headers\df\ff\ff\ff\ff")
  (func (export "pulp_alloc") (param $size i32) (result i32)
    (global.get $next)
    (global.set $next (i32.add (global.get $next) (local.get $size))))
  (func (export "pulp_free") (param i32 i32))
  (func (export "pulp_init") (param i32 i32) (result i32) (i32.const 0))
  (func (export "pulp_step") (param i32 i32) (result i32)
    (i32.add
      (call $http_respond (i32.const 0) (i32.const 16))
      (call $http_respond (i32.const 64) (i32.const 18))))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
