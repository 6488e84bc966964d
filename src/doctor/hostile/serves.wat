;; Answers GET /ok with 200, loops on GET /loop and traps on GET /trap. See
;; loops.wat for why the loop comes to an end.
(module
  (import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
  (import "pulp" "http_respond" (func $respond (param i32 i32) (result i32)))
  (memory (export "memory") 2)
  ;; {method: "GET", path: "/:what"}
  (data (i32.const 16) "\82\a6method\a3GET\a4path\a6/:what")
  ;; {id: <8 bytes at 69>, status: 200, body: "ok"}
  (data (i32.const 64) "\83\a2id\cf")
  (data (i32.const 77) "\a6status\cc\c8\a4body\c4\02ok")
  (global $top (mut i32) (i32.const 1024))
  (func (export "pulp_alloc") (param $size i32) (result i32)
    (if
      (i32.gt_u
        (i32.add (global.get $top) (local.get $size))
        (i32.const 131072))
      (then (global.set $top (i32.const 1024))))
    (global.get $top)
    (global.set $top (i32.add (global.get $top) (local.get $size))))
  ;; The address behind the first four bytes that are $what.
  (func $behind (param $at i32) (param $what i32) (result i32)
    (loop $again
      (local.get $at)
      (local.set $at (i32.add (local.get $at) (i32.const 1)))
      (br_if $again (i32.ne (i32.load) (local.get $what))))
    (i32.add (local.get $at) (i32.const 3)))
  (func (export "pulp_init") (param i32 i32) (result i32)
    (call $register (i32.const 16) (i32.const 24)))
  (func (export "pulp_step") (param $event i32) (param $len i32) (result i32)
    (local $first i32)
    (local $left i64)
    ;; An idle tick is an envelope of 20 bytes with nothing in it.
    (if (i32.le_u (local.get $len) (i32.const 20)) (then (return (i32.const 0))))
    ;; "\a2id\cf", then the id
    (local.set $event
      (call $behind (local.get $event) (i32.const 0xcf6469a2)))
    (i64.store align=1 (i32.const 69) (i64.load align=1 (local.get $event)))
    ;; "path", a length, "/", then the letter that says what to do
    (local.set $first
      (i32.load8_u offset=2
        (call $behind (local.get $event) (i32.const 0x68746170))))
    (if (i32.eq (local.get $first) (i32.const 0x6c)) (then
      (local.set $left (i64.const 0x80000000))
      (loop $again
        (br_if $again
          (i64.ne
            (local.tee $left (i64.sub (local.get $left) (i64.const 1)))
            (i64.const 0))))))
    (if (i32.eq (local.get $first) (i32.const 0x74)) (then unreachable))
    (drop (call $respond (i32.const 64) (i32.const 31)))
    (i32.const 0))
  (func (export "pulp_shutdown") (result i32) (i32.const 0)))
