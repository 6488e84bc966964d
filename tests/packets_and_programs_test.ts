import { decode, encode } from "@msgpack/msgpack";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { UdpPeer } from "../src/capabilities/udp/testing/udp_cell.ts";
import {
  isThere,
  pidIn,
} from "../src/capabilities/process/testing/process_cell.ts";
import { builtinRegistry } from "../src/capabilities/builtin.ts";
import { defaultEnv } from "../src/cell/load.ts";
import { Host } from "../src/host/host.ts";
import { type OneOffCell, openOneOff } from "../src/host/one_off.ts";
import { TempDir, TestLogger } from "../src/testing/cell_folder.ts";
import { until } from "../src/testing/until.ts";
import { cellWat, wat } from "../src/testing/wat.ts";

/** The deadline of cells that run into it; on a busy machine nothing else does. */
const TIMEOUT_MS = 2_000;

/**
 * A cell whose functions are those of the host: the first letter of the name
 * says which. The answer is the host's response, or 4 bytes with its code.
 */
const HANDS = cellWat({
  without: ["pulp_alloc", "pulp_step", "pulp_shutdown"],
  imports: `
    (import "pulp" "udp_listen" (func $listen (param i32 i32 i32 i32) (result i32)))
    (import "pulp" "udp_send" (func $send (param i32 i32 i32 i32) (result i32)))
    (import "pulp" "udp_close" (func $close (param i32 i32) (result i32)))
    (import "pulp" "process_run" (func $run (param i32 i32) (result i32)))
    (import "pulp" "process_result" (func $result (param i32 i32 i32) (result i32)))
    (import "pulp" "process_pending" (func $pending (result i32)))`,
  functions: `
    (global $top (mut i32) (i32.const 16384))
    (global $event (mut i32) (i32.const 0))
    (global $goodbye (mut i32) (i32.const 0))
    ;; What is handed in is small and used at once: the space goes round.
    (func (export "pulp_alloc") (param $n i32) (result i32)
      (if (i32.gt_u (i32.add (global.get $top) (local.get $n)) (i32.const 60000))
        (then (global.set $top (i32.const 16384))))
      (global.get $top)
      (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get $n)) (i32.const 7)) (i32.const -8))))
    ;; The last event stays at 2048.
    (func (export "pulp_step") (param $p i32) (param $l i32) (result i32)
      (if (i32.gt_u (local.get $l) (i32.const 20)) (then
        (memory.copy (i32.const 2048) (i32.add (local.get $p) (i32.const 20)) (i32.sub (local.get $l) (i32.const 20)))
        (global.set $event (i32.sub (local.get $l) (i32.const 20)))))
      (i32.const 0))
    ;; Sends what "b" left at 8192.
    (func (export "pulp_shutdown") (result i32)
      (if (global.get $goodbye) (then
        (drop (call $send (i32.const 8192) (global.get $goodbye) (i32.const 0) (i32.const 4)))))
      (i32.const 0))
    (func (export "pulp_on_call") (param $name i32) (param $nl i32) (param $a i32) (param $al i32) (param $p i32) (param $l i32) (result i32)
      (local $verb i32) (local $code i32)
      (local.set $verb (i32.load8_u (local.get $name)))
      (i32.store (local.get $p) (i32.const 8)) (i32.store (local.get $l) (i32.const 0))
      (if (i32.eq (local.get $verb) (i32.const 108)) ;; l
        (then (local.set $code (call $listen (local.get $a) (local.get $al) (local.get $p) (local.get $l)))))
      (if (i32.eq (local.get $verb) (i32.const 115)) ;; s
        (then (local.set $code (call $send (local.get $a) (local.get $al) (local.get $p) (local.get $l)))))
      (if (i32.eq (local.get $verb) (i32.const 99)) ;; c
        (then (local.set $code (call $close (local.get $a) (local.get $al)))))
      (if (i32.eq (local.get $verb) (i32.const 114)) ;; r
        (then (local.set $code (call $run (local.get $a) (local.get $al)))))
      (if (i32.eq (local.get $verb) (i32.const 111)) ;; o
        (then (local.set $code (call $result (i32.load (local.get $a)) (local.get $p) (local.get $l)))))
      (if (i32.eq (local.get $verb) (i32.const 110)) ;; n
        (then (local.set $code (call $pending))))
      ;; Waits for a program to its end, as cells with a library for that do.
      (if (i32.eq (local.get $verb) (i32.const 107)) ;; k
        (then (loop $ask
          (local.set $code (call $result (i32.load (local.get $a)) (local.get $p) (local.get $l)))
          (br_if $ask (i32.eqz (local.get $code))))))
      (if (i32.eq (local.get $verb) (i32.const 113)) ;; q
        (then (loop $ask (br_if $ask (call $pending)))))
      (if (i32.eq (local.get $verb) (i32.const 101)) ;; e
        (then (i32.store (local.get $p) (i32.const 2048)) (i32.store (local.get $l) (global.get $event)) (return (i32.const 0))))
      (if (i32.eq (local.get $verb) (i32.const 98)) ;; b
        (then (memory.copy (i32.const 8192) (local.get $a) (local.get $al)) (global.set $goodbye (local.get $al))))
      (if (i32.eq (local.get $verb) (i32.const 116)) (then unreachable)) ;; t
      (if (i32.eq (local.get $verb) (i32.const 119)) (then (loop $l (br $l)))) ;; w
      (if (i32.eqz (i32.load (local.get $l))) (then
        (i32.store (i32.const 8) (local.get $code)) (i32.store (local.get $l) (i32.const 4))))
      (i32.const 0))`,
});

/** A hosted cell of that module. */
class Hands implements AsyncDisposable {
  readonly logger = new TestLogger();
  readonly dir = new TempDir();
  host!: Host;

  static async start(manifest: string): Promise<Hands> {
    const hands = new Hands();
    const spec = await hands.dir.cell("hands", await wat(HANDS), manifest);
    hands.host = await Host.start([spec], {
      logger: hands.logger,
      env: defaultEnv({
        storageRoot: hands.dir.join("data"),
        listen: "127.0.0.1:0",
      }),
    });
    return hands;
  }

  /** Calls a function: its response, or its code. */
  // deno-lint-ignore no-explicit-any -- whatever the host answers
  async call(verb: string, request: unknown = {}): Promise<any> {
    const args = request instanceof Uint8Array
      ? request
      : encode(request, { useBigInt64: true });
    const bytes = await this.host.call("hands", verb, args);
    return bytes.length === 4
      ? new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true)
      : bytes.length === 0
      ? undefined
      : decode(bytes, { useBigInt64: true });
  }

  /** Where the socket that was opened last is bound. */
  get address(): string {
    const record = this.logger.records.findLast(({ message }) =>
      message === "udp socket open"
    );
    return String(record?.fields.addr);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.shutdown();
    await this.dir[Symbol.asyncDispose]();
  }
}

const UDP =
  `capabilities = ["network.udp"]\npermissions = { net = ["127.0.0.1"] }`;

const run = (...programs: string[]): string =>
  `capabilities = ["spawn.process"]\npermissions = { run = ${
    JSON.stringify(programs)
  } }`;

Deno.test("a cell in a worker exchanges packets, and says goodbye when it is shut down", async () => {
  await using peer = await UdpPeer.bind();
  await using hands = await Hands.start(UDP);
  const { socket_id } = await hands.call("listen", { addr: "127.0.0.1:0" });
  await peer.send("hello", hands.address);
  const event = await until("the packet", () => hands.call("event"));
  assertEquals(event.kind, "udp.packet");
  assertEquals(event.payload.socket_id, socket_id);
  assertEquals(event.payload.src_addr, peer.address);
  assertEquals(new TextDecoder().decode(event.payload.payload), "hello");
  const answer = { socket_id, dst_addr: peer.address, payload: "answer" };
  assertEquals(await hands.call("send", answer), { bytes_sent: 6 });
  assertEquals(await peer.receive(), { text: "answer", from: hands.address });

  const elsewhere = { ...answer, dst_addr: "127.0.0.2:9" };
  assertEquals(await hands.call("send", elsewhere), 12);
  assertEquals(await hands.call("bye", { ...answer, payload: "bye" }), 0);
  await hands.host.shutdown();
  assertEquals((await peer.receive()).text, "bye");
});

Deno.test("a socket goes with the instance that opened it", async () => {
  await using peer = await UdpPeer.bind();
  await using hands = await Hands.start(UDP);
  const { socket_id } = await hands.call("listen", { addr: "127.0.0.1:0" });
  const { address } = hands;
  await assertRejects(() => hands.call("trap"));
  const again = await until("the instance that follows", async () => {
    try {
      return await hands.call("listen", { addr: address });
    } catch {
      return undefined; // It is down, for a moment.
    }
  });
  assert(again.socket_id !== socket_id, String(again));
  const packet = { dst_addr: peer.address, payload: "x" };
  assertEquals(await hands.call("send", { ...packet, socket_id }), 4);
  assertEquals(await hands.call("close", { socket_id }), 4);
  assertEquals(
    await hands.call("send", { ...packet, socket_id: again.socket_id }),
    { bytes_sent: 1 },
  );
});

Deno.test("without [permissions] net a cell has no packets, and the log says which line is missing", async () => {
  await using hands = await Hands.start(`capabilities = ["network.udp"]`);
  assertEquals(await hands.call("listen", { addr: "127.0.0.1:7000" }), 12);
  const record = hands.logger.records.find(({ message }) =>
    message === "udp not allowed"
  );
  assertEquals(record?.fields.hint, '[permissions] net = ["127.0.0.1:7000"]');
  // What it did not declare at all is a stub.
  assertEquals(await hands.call("run", { argv: ["echo"] }), 99);
});

Deno.test({
  name: "a cell in a worker runs the programs of its list",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using hands = await Hands.start(run("echo"));
    const id: number = await hands.call("run", { argv: ["echo", "hi"] });
    assert(id >= 100, String(id));
    const request = new Uint8Array(Uint32Array.of(id).buffer);
    const result = await until(
      "the end of the program",
      async () => await hands.call("out", request) || undefined,
    );
    assertEquals(result.exit_code, 0);
    assertEquals(new TextDecoder().decode(result.stdout), "hi\n");
    assertEquals(await hands.call("out", request), 4);
    assertEquals(await hands.call("run", { argv: ["sh", "-c", "echo"] }), 5);
    assertEquals(await hands.call("listen", { addr: "127.0.0.1:0" }), 99);
  },
});

Deno.test({
  name:
    "a cell that asks until its program has ended, within one call, sees the end",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using hands = await Hands.start(
      `call_timeout_ms = 10000\n${run("sh")}`,
    );
    const argv = ["sh", "-c", "sleep 0.1; echo hi; exit 3"];
    const id: number = await hands.call("run", { argv });
    const request = new Uint8Array(Uint32Array.of(id).buffer);
    const result = await hands.call("keep asking", request);
    assertEquals(result.exit_code, 3);
    assertEquals(new TextDecoder().decode(result.stdout), "hi\n");
    assert(await hands.call("run", { argv }) >= 100);
    assertEquals(await hands.call("quiet"), 0);
    assertEquals(await hands.call("number"), 0);
  },
});

for (
  const [how, end] of [
    ["is shut down", (hands) => hands.host.shutdown()],
    ["is stopped", (hands) => hands.host.stopCell("hands")],
    ["traps", (hands) => assertRejects(() => hands.call("trap"))],
    [
      "runs into its deadline",
      (hands) => assertRejects(() => hands.call("wait")),
    ],
  ] as [string, (hands: Hands) => Promise<unknown>][]
) {
  Deno.test({
    name: `no program is left when a cell ${how}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using hands = await Hands.start(
        `restart = "never"\ncall_timeout_ms = ${TIMEOUT_MS}\n${
          run("sh", "sleep")
        }`,
      );
      const argv = ["sh", "-c", "echo $$ > pid; exec sleep 600"];
      assert(await hands.call("run", { argv }) >= 100);
      assert(await hands.call("run", { argv: ["sleep", "600"] }) >= 100);
      assertEquals(await hands.call("number"), 2);
      const path = hands.dir.join("data", "hands", "pid");
      const pid = await pidIn(path);
      assert(isThere(pid));
      await end(hands);
      await until("the end of the program", () => !isThere(pid));
      if (how === "is shut down") {
        assertStringIncludes(
          hands.logger.messages().join("\n"),
          "shutdown complete",
        );
      }
    },
  });
}

for (
  const [how, end] of [
    ["is shut down", (cell) => cell.shutdown()],
    ["is given up", () => Promise.resolve()],
    ["traps", (cell) => assertRejects(() => cell.call("trap"))],
    [
      "runs into its deadline",
      (cell) => assertRejects(() => cell.call("wait")),
    ],
  ] as [string, (cell: OneOffCell) => Promise<unknown>][]
) {
  Deno.test({
    name: `no program is left when a cell for one command ${how}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using dir = new TempDir();
      const spec = await dir.cell(
        "hands",
        await wat(HANDS),
        `call_timeout_ms = ${TIMEOUT_MS}\n${run("sh")}`,
      );
      const cell = await openOneOff(spec, {
        registry: builtinRegistry(),
        env: defaultEnv({ storageRoot: dir.join("data") }),
        logger: new TestLogger(),
      });
      const argv = ["sh", "-c", "echo $$ > pid; exec sleep 600"];
      await cell.call("run", encode({ argv }));
      const path = dir.join("data", "hands", "pid");
      const pid = await pidIn(path);
      assert(isThere(pid));
      await end(cell);
      await cell[Symbol.asyncDispose]();
      assertEquals(isThere(pid), false);
    },
  });
}
