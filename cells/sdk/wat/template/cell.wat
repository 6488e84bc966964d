;; A cell in WebAssembly text. The manifest beside it says what it may do.
;;
;; Requests, events and answers are MessagePack: \81 starts a map with one
;; entry, \a4 a text of four bytes. What comes from the host is not parsed here
;; but looked up where it stands, as keys come in the order of the contract.
(module
  ;;#if storage.sqlite
  (import "pulp" "sqlite_query"
    (func $sqlite_query (param i32 i32 i32 i32 i32 i32) (result i32)))
  ;;#end
  ;;#if storage.fs
  (import "pulp" "fs_write"
    (func $fs_write (param i32 i32 i32 i32) (result i32)))
  (import "pulp" "fs_read"
    (func $fs_read (param i32 i32 i32 i32) (result i32)))
  ;;#end
  ;;#if transport.http.inbound
  (import "pulp" "http_register"
    (func $http_register (param i32 i32) (result i32)))
  (import "pulp" "http_respond"
    (func $http_respond (param i32 i32) (result i32)))
  ;;#end
  ;;#if transport.http.outbound
  (import "pulp" "http_fetch"
    (func $http_fetch (param i32 i32 i32 i32) (result i32)))
  ;;#end
  ;;#if transport.ws.inbound
  (import "pulp" "ws_register"
    (func $ws_register (param i32 i32) (result i32)))
  (import "pulp" "ws_send"
    (func $ws_send (param i32 i32) (result i32)))
  ;;#end
  ;;#if transport.sse
  (import "pulp" "sse_register"
    (func $sse_register (param i32 i32) (result i32)))
  (import "pulp" "sse_emit"
    (func $sse_emit (param i32 i32) (result i32)))
  ;;#end
  ;;#if network.udp
  (import "pulp" "udp_listen"
    (func $udp_listen (param i32 i32 i32 i32) (result i32)))
  (import "pulp" "udp_send"
    (func $udp_send (param i32 i32 i32 i32) (result i32)))
  ;;#end
  ;;#if spawn.process
  (import "pulp" "process_run"
    (func $process_run (param i32 i32) (result i32)))
  (import "pulp" "process_result"
    (func $process_result (param i32 i32 i32) (result i32)))
  ;;#end
  ;;#if entropy.read
  (import "pulp" "entropy_read"
    (func $entropy_read (param i32 i32 i32 i32) (result i32)))
  ;;#end
  ;;#if log.write | spawn.process
  (import "pulp" "log_write"
    (func $log_write (param i32 i32 i32) (result i32)))
  ;;#end

  (memory (export "memory") 1)

  ;; The host puts the place of an answer at 8, and its length at 12.

  (data (i32.const 0x100) "greet")
  (data (i32.const 0x110) "\81\a4name")
  (data (i32.const 0x120) "\81\a7message\a0Hello, ")
  ;;#if storage.sqlite
  (data (i32.const 0x200) "visit")
  (data (i32.const 0x210) "\81\a4page")
  (data (i32.const 0x220) "\81\a5count")
  (data (i32.const 0x230)
    "CREATE TABLE IF NOT EXISTS visits (page TEXT PRIMARY KEY, count INTEGER)")
  (data (i32.const 0x280)
    "INSERT INTO visits VALUES (?, 1)"
    " ON CONFLICT (page) DO UPDATE SET count = count + 1 RETURNING count")
  ;;#end
  ;;#if storage.fs
  (data (i32.const 0x300) "remember")
  (data (i32.const 0x310) "recall")
  (data (i32.const 0x320) "notes/last.mp")
  ;;#end
  ;;#if transport.http.inbound
  (data (i32.const 0x340) "http.request")
  (data (i32.const 0x350) "\82\a6method\a3GET\a4path\a1/")
  ;; The eight bytes behind \cf become the id.
  (data (i32.const 0x370)
    "\83\a2id\cf\00\00\00\00\00\00\00\00\a6status\cc\c8\a4body\c4\07Hello!\n")
  ;;#end
  ;;#if transport.http.outbound
  (data (i32.const 0x3a0) "fetch")
  ;;#end
  ;;#if transport.ws.inbound
  (data (i32.const 0x3b0) "ws.frame")
  (data (i32.const 0x3c0) "/ws")
  ;;#end
  ;;#if transport.sse
  (data (i32.const 0x400) "/events")
  ;; The zeros become the time.
  (data (i32.const 0x410)
    "\83\a4path\a7/events\a5event\a4time\a4data\aa0000000000")
  ;;#end
  ;;#if network.udp
  (data (i32.const 0x440) "udp.packet")
  (data (i32.const 0x450) "dst")
  ;;#end
  ;;#if entropy.read
  (data (i32.const 0x460) "token")
  (data (i32.const 0x470) "\81\a1n\10")
  ;;#end
  ;;#if log.write
  (data (i32.const 0x480) "the cell is up")
  ;;#end
  ;;#if spawn.process
  (data (i32.const 0x490) "\81\a4argv\91\a6whoami")
  ;; What the program wrote is put behind it.
  (data (i32.const 0x4b0) "whoami: ")
  ;;#end

  ;; Blocks lie one behind the other. Once all of them are free, the next one
  ;; is at the beginning again.
  (global $blocks (mut i32) (i32.const 0))
  (global $top (mut i32) (i32.const 0x1000))

  (func $alloc (export "pulp_alloc") (param $size i32) (result i32)
    (local $at i32)
    (local $end i32)
    (local.set $at (global.get $top))
    (local.set $end (i32.add (local.get $at) (local.get $size)))
    (if (i32.lt_u (local.get $end) (local.get $at))
      (then (return (i32.const 0))))
    (if (i32.gt_u (local.get $end) (i32.shl (memory.size) (i32.const 16)))
      (then
        (if
          (i32.eq
            (memory.grow
              (i32.add
                (i32.shr_u (local.get $size) (i32.const 16))
                (i32.const 1)))
            (i32.const -1))
          (then (return (i32.const 0))))))
    ;; The next one starts at a multiple of 8.
    (global.set $top
      (i32.and (i32.add (local.get $end) (i32.const 7)) (i32.const -8)))
    (global.set $blocks (i32.add (global.get $blocks) (i32.const 1)))
    (local.get $at))

  (func $free (export "pulp_free") (param $at i32) (param $size i32)
    (global.set $blocks (i32.sub (global.get $blocks) (i32.const 1)))
    (if (i32.eqz (global.get $blocks))
      (then (global.set $top (i32.const 0x1000)))))

  ;; Whether two texts are the same.
  (func $is
    (param $a i32) (param $a_len i32) (param $b i32) (param $b_len i32)
    (result i32)
    (if (i32.ne (local.get $a_len) (local.get $b_len))
      (then (return (i32.const 0))))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.get $a_len)))
        (if
          (i32.ne
            (i32.load8_u (local.get $a)) (i32.load8_u (local.get $b)))
          (then (return (i32.const 0))))
        (local.set $a (i32.add (local.get $a) (i32.const 1)))
        (local.set $b (i32.add (local.get $b) (i32.const 1)))
        (local.set $a_len (i32.sub (local.get $a_len) (i32.const 1)))
        (br $next)))
    (i32.const 1))

  ;; Makes room for what a function answers, and says where to write it.
  (func $answer (param $size i32) (result i32)
    (i32.store (i32.const 8) (call $alloc (local.get $size)))
    (i32.store (i32.const 12) (local.get $size))
    (if (i32.eqz (i32.load (i32.const 8))) (then unreachable))
    (i32.load (i32.const 8)))
  ;;#if storage.sqlite | transport.http.outbound | network.udp | spawn.process

  ;; Gives back what the host answered, if it did.
  (func $drop_answer
    (if (i32.load (i32.const 8))
      (then (call $free (i32.load (i32.const 8)) (i32.load (i32.const 12)))))
    (i64.store (i32.const 8) (i64.const 0)))
  ;;#end

  ;; Runs once, before anything else. 0 is well.
  (func (export "pulp_init") (param $config i32) (param $length i32) (result i32)
    ;;#if storage.sqlite
    (if
      (call $sqlite_query
        (i32.const 0x230) (i32.const 72) (i32.const 0) (i32.const 0)
        (i32.const 8) (i32.const 12))
      (then (return (i32.const 1))))
    (call $drop_answer)
    ;;#end
    ;;#if transport.http.inbound
    (if (call $http_register (i32.const 0x350) (i32.const 19))
      (then (return (i32.const 2))))
    ;;#end
    ;;#if transport.ws.inbound
    (if (call $ws_register (i32.const 0x3c0) (i32.const 3))
      (then (return (i32.const 3))))
    ;;#end
    ;;#if transport.sse
    (if (call $sse_register (i32.const 0x400) (i32.const 7))
      (then (return (i32.const 4))))
    ;;#end
    ;;#if network.udp
    ;; [config] is {addr: "..."}, which is just what udp_listen takes.
    (if
      (call $udp_listen
        (local.get $config) (local.get $length) (i32.const 8) (i32.const 12))
      (then (return (i32.const 5))))
    (call $drop_answer)
    ;;#end
    ;;#if spawn.process
    (global.set $program
      (call $process_run (i32.const 0x490) (i32.const 14)))
    (if (i32.lt_u (global.get $program) (i32.const 100))
      (then (return (i32.const 6))))
    ;;#end
    ;;#if log.write
    (drop (call $log_write (i32.const 1) (i32.const 0x480) (i32.const 14)))
    ;;#end
    (i32.const 0))

  (func (export "pulp_shutdown") (result i32) (i32.const 0))

  ;; {name: <a text of at most 23 bytes>} -> {message}
  (func $greet (param $args i32) (param $args_len i32) (result i32)
    (local $length i32)
    (local $at i32)
    (if
      (i32.eqz
        (call $is
          (local.get $args) (i32.const 6) (i32.const 0x110) (i32.const 6)))
      (then (return (i32.const 11))))
    (local.set $length
      (i32.xor (i32.load8_u offset=6 (local.get $args)) (i32.const 0xa0)))
    (if (i32.gt_u (local.get $length) (i32.const 23))
      (then (return (i32.const 11))))
    (local.set $at
      (call $answer (i32.add (local.get $length) (i32.const 18))))
    (memory.copy (local.get $at) (i32.const 0x120) (i32.const 17))
    (i32.store8 offset=9
      (local.get $at) (i32.add (local.get $length) (i32.const 0xa8)))
    (local.set $at (i32.add (local.get $at) (i32.const 17)))
    (memory.copy
      (local.get $at)
      (i32.add (local.get $args) (i32.const 7))
      (local.get $length))
    (i32.store8
      (i32.add (local.get $at) (local.get $length)) (i32.const 0x21))
    (i32.const 0))
  ;;#if storage.sqlite

  ;; {page: <text>} -> {count}
  (func $visit (param $args i32) (param $args_len i32) (result i32)
    (local $code i32)
    (local $count i32)
    (local $at i32)
    (if
      (i32.eqz
        (call $is
          (local.get $args) (i32.const 6) (i32.const 0x210) (i32.const 6)))
      (then (return (i32.const 11))))
    ;; The last byte of the key becomes the head of a list: its one member is
    ;; the page.
    (local.set $args (i32.add (local.get $args) (i32.const 5)))
    (i32.store8 (local.get $args) (i32.const 0x91))
    (local.set $code
      (call $sqlite_query
        (i32.const 0x280) (i32.const 99)
        (local.get $args) (i32.sub (local.get $args_len) (i32.const 5))
        (i32.const 8) (i32.const 12)))
    (if (local.get $code)
      (then
        (call $drop_answer)
        (return (local.get $code))))
    ;; {columns, rows: [[<9 bytes>]]}
    (local.set $count
      (i32.sub
        (i32.add (i32.load (i32.const 8)) (i32.load (i32.const 12)))
        (i32.const 9)))
    (call $drop_answer)
    (local.set $at (call $answer (i32.const 16)))
    (memory.copy
      (i32.add (local.get $at) (i32.const 7))
      (local.get $count)
      (i32.const 9))
    (memory.copy (local.get $at) (i32.const 0x220) (i32.const 7))
    (i32.const 0))
  ;;#end
  ;;#if transport.http.outbound

  ;; {url} -> {status}. What came in is a whole request: an absent method is GET.
  (func $fetch (param $args i32) (param $args_len i32) (result i32)
    (local $code i32)
    (local $status i32)
    (local $at i32)
    (local.set $code
      (call $http_fetch
        (local.get $args) (local.get $args_len)
        (i32.const 8) (i32.const 12)))
    (if (local.get $code) (then (return (local.get $code))))
    ;; {id: <9 bytes>, status: <5 bytes>, ...}
    (local.set $status (i32.add (i32.load (i32.const 8)) (i32.const 13)))
    (call $drop_answer)
    (local.set $at (call $answer (i32.const 13)))
    (memory.copy
      (i32.add (local.get $at) (i32.const 1))
      (local.get $status)
      (i32.const 12))
    (i32.store8 (local.get $at) (i32.const 0x81))
    (i32.const 0))
  ;;#end

  (func $call
    (param $name i32) (param $name_len i32)
    (param $args i32) (param $args_len i32)
    (result i32)
    (if
      (call $is
        (local.get $name) (local.get $name_len)
        (i32.const 0x100) (i32.const 5))
      (then (return (call $greet (local.get $args) (local.get $args_len)))))
    ;;#if storage.sqlite
    (if
      (call $is
        (local.get $name) (local.get $name_len)
        (i32.const 0x200) (i32.const 5))
      (then (return (call $visit (local.get $args) (local.get $args_len)))))
    ;;#end
    ;;#if storage.fs
    ;; The file keeps what came in as it is, and recall answers with that.
    (if
      (call $is
        (local.get $name) (local.get $name_len)
        (i32.const 0x300) (i32.const 8))
      (then
        (return
          (call $fs_write
            (i32.const 0x320) (i32.const 13)
            (local.get $args) (local.get $args_len)))))
    (if
      (call $is
        (local.get $name) (local.get $name_len)
        (i32.const 0x310) (i32.const 6))
      (then
        (return
          (call $fs_read
            (i32.const 0x320) (i32.const 13) (i32.const 8) (i32.const 12)))))
    ;;#end
    ;;#if transport.http.outbound
    (if
      (call $is
        (local.get $name) (local.get $name_len)
        (i32.const 0x3a0) (i32.const 5))
      (then (return (call $fetch (local.get $args) (local.get $args_len)))))
    ;;#end
    ;;#if entropy.read
    (if
      (call $is
        (local.get $name) (local.get $name_len)
        (i32.const 0x460) (i32.const 5))
      (then
        (return
          (call $entropy_read
            (i32.const 0x470) (i32.const 4) (i32.const 8) (i32.const 12)))))
    ;;#end
    (i32.const 10))

  ;; What a function left at 8 and 12 is its answer. 0 is well.
  (func (export "pulp_on_call")
    (param $name i32) (param $name_len i32)
    (param $args i32) (param $args_len i32)
    (param $answer_out i32) (param $length_out i32)
    (result i32)
    (local $code i32)
    (i64.store (i32.const 8) (i64.const 0))
    (local.set $code
      (call $call
        (local.get $name) (local.get $name_len)
        (local.get $args) (local.get $args_len)))
    (if (i32.eqz (local.get $code))
      (then
        (i32.store (local.get $answer_out) (i32.load (i32.const 8)))
        (i32.store (local.get $length_out) (i32.load (i32.const 12)))))
    (i64.store (i32.const 8) (i64.const 0))
    (local.get $code))
  ;;#if transport.sse

  (global $second (mut i64) (i64.const 0))

  ;; Tells who listens to GET /events the time, once a second.
  (func $emit_time (param $second i64)
    (local $at i32)
    (if (i64.eq (local.get $second) (global.get $second)) (then (return)))
    (global.set $second (local.get $second))
    (local.set $at (i32.const 0x438))
    (loop $digit
      (i32.store8
        (local.get $at)
        (i32.add
          (i32.wrap_i64 (i64.rem_u (local.get $second) (i64.const 10)))
          (i32.const 0x30)))
      (local.set $at (i32.sub (local.get $at) (i32.const 1)))
      (local.set $second (i64.div_u (local.get $second) (i64.const 10)))
      (br_if $digit (i64.ne (local.get $second) (i64.const 0))))
    (drop (call $sse_emit (i32.const 0x410) (i32.const 41))))
  ;;#end
  ;;#if spawn.process

  ;; The program that runs; 0 = none.
  (global $program (mut i32) (i32.const 0))

  ;; Logs what the program wrote, once it has ended.
  (func $log_program
    (local $answer i32)
    (local $length i32)
    (if (i32.eqz (global.get $program)) (then (return)))
    (if
      (i32.eqz
        (call $process_result
          (global.get $program) (i32.const 8) (i32.const 12)))
      (then (return)))
    (global.set $program (i32.const 0))
    ;; {exit_code: 0, stdout: <\c4, a length, a line>, ...}
    (local.set $answer (i32.load (i32.const 8)))
    (if (i32.eq (i32.load8_u offset=19 (local.get $answer)) (i32.const 0xc4))
      (then
        (local.set $length (i32.load8_u offset=20 (local.get $answer)))
        (memory.copy
          (i32.const 0x4b8)
          (i32.add (local.get $answer) (i32.const 21))
          (local.get $length))
        (drop
          (call $log_write
            (i32.const 1)
            (i32.const 0x4b0)
            (i32.add (local.get $length) (i32.const 8))))))
    (call $drop_answer))
  ;;#end

  ;; Takes an event, or the time when there is none.
  (func (export "pulp_step") (param $at i32) (param $length i32) (result i32)
    (if (i32.le_u (local.get $length) (i32.const 20))
      (then
        ;;#if transport.sse
        (call $emit_time
          (i64.div_u
            (i64.load offset=8 align=1 (local.get $at))
            (i64.const 1000000000)))
        ;;#end
        ;;#if spawn.process
        (call $log_program)
        ;;#end
        (return (i32.const 0))))
    ;;#if transport.http.inbound | transport.ws.inbound | network.udp
    ;; {kind: <at 27>, payload: <8 bytes behind that>}
    ;;#end
    ;;#if transport.http.inbound
    (if
      (call $is
        (i32.add (local.get $at) (i32.const 27)) (i32.const 12)
        (i32.const 0x340) (i32.const 12))
      (then
        ;; {id: <\cf and 8 bytes>, ...}
        (i64.store align=1
          (i32.const 0x375)
          (i64.load offset=52 align=1 (local.get $at)))
        (return (call $http_respond (i32.const 0x370) (i32.const 36)))))
    ;;#end
    ;;#if transport.ws.inbound
    (if
      (call $is
        (i32.add (local.get $at) (i32.const 27)) (i32.const 8)
        (i32.const 0x3b0) (i32.const 8))
      (then
        ;; {conn_id, opcode, payload}: sent back as it came.
        (return
          (call $ws_send
            (i32.add (local.get $at) (i32.const 43))
            (i32.sub (local.get $length) (i32.const 43))))))
    ;;#end
    ;;#if network.udp
    (if
      (call $is
        (i32.add (local.get $at) (i32.const 27)) (i32.const 10)
        (i32.const 0x440) (i32.const 10))
      (then
        ;; {socket_id: <9 bytes>, src_addr, payload, ...}: with dst_addr it is
        ;; what udp_send takes.
        (memory.copy
          (i32.add (local.get $at) (i32.const 66))
          (i32.const 0x450)
          (i32.const 3))
        (drop
          (call $udp_send
            (i32.add (local.get $at) (i32.const 45))
            (i32.sub (local.get $length) (i32.const 45))
            (i32.const 8)
            (i32.const 12)))
        (call $drop_answer)))
    ;;#end
    (i32.const 0)))
