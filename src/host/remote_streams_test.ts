import { assert, assertEquals } from "@std/assert";
import { CODE } from "../abi/codes.ts";
import { encodeWsClose, encodeWsFrame, encodeWsOpen } from "../abi/ws.ts";
import { LIMITS } from "../limits.ts";
import type { FromWorker } from "./protocol.ts";
import { Ahead, countTaken } from "./remote_ahead.ts";
import { RemoteStreams } from "./remote_streams.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The streams of an instance, and what they say to a main thread that answers 0. */
function rig(): { streams: RemoteStreams; said: FromWorker[] } {
  const said: FromWorker[] = [];
  const streams: RemoteStreams = new RemoteStreams({
    send: (message) => {
      said.push(message);
      if ("cost" in message) countTaken(streams.taken, message.cost);
    },
    flush: () => {},
    ask: (make) => {
      said.push(make(new Int32Array(2)));
      return CODE.ok;
    },
  });
  return { streams, said };
}

function opened(streams: RemoteStreams, connId: bigint): void {
  const open = encodeWsOpen({ connId, path: "/", query: {}, headers: {} });
  streams.note("ws.open", open);
}

Deno.test("RemoteStreams sends frames of connections that the main thread told of, and of no other", () => {
  const { streams, said } = rig();
  const { ws } = streams;
  assertEquals(ws.send(7n, 1, bytes("early")), CODE.failed);
  opened(streams, 7n);
  streams.note("ws.frame", encodeWsFrame(8n, 1, bytes("x")));
  assertEquals(ws.send(8n, 1, bytes("foreign")), CODE.failed);
  for (const opcode of [0, 3, 8]) {
    assertEquals(ws.send(7n, opcode, bytes("x")), CODE.failed);
  }
  const most = LIMITS.wsMessageBytes;
  assertEquals(ws.send(7n, 2, new Uint8Array(most + 1)), CODE.failed);
  assertEquals(said, []);
  assertEquals(ws.send(7n, 1, bytes("hi")), CODE.ok);
  assertEquals(ws.send(7n, 2, new Uint8Array(most)), CODE.ok);
  assertEquals(said.map(({ type }) => type), ["ws send", "ws send"]);
  streams.note("ws.close", encodeWsClose(7n, 1000, ""));
  assertEquals(ws.send(7n, 1, bytes("late")), CODE.failed);
  assertEquals(ws.close(7n, 1000, ""), CODE.failed);
});

Deno.test("RemoteStreams closes a connection once, with a code that may be sent", () => {
  const { streams, said } = rig();
  const { ws } = streams;
  opened(streams, 1n);
  for (const code of [1, 1005, 1006, 5000]) {
    assertEquals(ws.close(1n, code, ""), CODE.failed);
  }
  assertEquals(ws.close(1n, 1000, "x".repeat(124)), CODE.failed);
  assertEquals(ws.close(2n, 1000, ""), CODE.failed);
  assertEquals(ws.close(1n, 0, "bye"), CODE.ok);
  assertEquals(ws.close(1n, 0, "bye"), CODE.failed);
  assertEquals(ws.send(1n, 1, bytes("late")), CODE.failed);
  assertEquals(said, [{
    type: "ws close",
    connId: 1n,
    code: 0,
    reason: "bye",
  }]);
});

Deno.test("RemoteStreams forgets connections and subscribers with their instance", () => {
  const { streams } = rig();
  opened(streams, 1n);
  streams.counted([["/feed", 3]]);
  streams.close();
  assertEquals(streams.ws.send(1n, 1, bytes("x")), CODE.failed);
  assertEquals(streams.sse.subscribers("/feed"), 0);
});

Deno.test("RemoteStreams emits where a route is and somebody listens", () => {
  const { streams, said } = rig();
  const { sse } = streams;
  let made = 0;
  const emit = (path: string): number =>
    sse.emit(path, () => {
      made++;
      return new Uint8Array(5);
    });
  assertEquals(emit("/feed/a"), CODE.failed);
  assertEquals(sse.register("/feed/:name"), CODE.ok);
  assertEquals(emit("/feed"), CODE.failed);
  said.splice(0);
  assertEquals(emit("/feed/a"), CODE.ok);
  // Nobody listens: the event is not even made.
  assertEquals([said, made], [[], 0]);
  streams.counted([["/feed/a", 2]]);
  assertEquals(sse.subscribers("/feed/a"), 2);
  assertEquals(emit("/feed/a"), CODE.ok);
  assertEquals([said.map(({ type }) => type), made], [["sse emit"], 1]);
  streams.counted([["/feed/a", 0]]);
  assertEquals(sse.subscribers("/feed/a"), 0);
});

Deno.test("RemoteStreams asks while the main thread has counts that it did not tell", () => {
  const { streams, said } = rig();
  const { sse } = streams;
  sse.register("/feed");
  said.splice(0);
  streams.counted([["/feed", 0]]);
  streams.untold[0] = 1;
  sse.subscribers("/feed");
  assertEquals(sse.emit("/feed", () => new Uint8Array(5)), CODE.ok);
  assertEquals(said.map(({ type }) => type), ["sse count", "sse emit"]);
  streams.untold[0] = 0;
  assertEquals(sse.subscribers("/feed"), 0);
  assertEquals(said.length, 2);
});

Deno.test("Ahead blocks while the main thread is behind, and goes on when it took enough", () => {
  const ahead = new Ahead();
  const half = LIMITS.streamAheadBytes / 2;
  // Over the whole range of the counter, which wraps.
  for (let i = 0; i < 600; i++) {
    assert(ahead.send(half, () => countTaken(ahead.taken, half)));
  }
  const worker = new Worker(
    `data:application/javascript,${
      encodeURIComponent(
        `onmessage = ({ data }) => { Atomics.add(data.taken, 0, data.cost); Atomics.notify(data.taken, 0); close(); };`,
      )
    }`,
    { type: "module" },
  );
  const other = new Ahead();
  assert(other.send(2 * half, () => {}));
  let flushed = 0;
  const flush = (): void => {
    flushed++;
    // Only now is there anything to take.
    worker.postMessage({ taken: other.taken, cost: half });
  };
  assert(other.send(half, flush));
  assertEquals(flushed, 1);
});

Deno.test("Ahead sends a message that is too much by itself, when nothing else is under way", () => {
  const ahead = new Ahead();
  const cost = LIMITS.streamAheadBytes + 1;
  for (let i = 0; i < 300; i++) {
    assert(ahead.send(cost, () => assert(false, "nothing is waited for")));
    countTaken(ahead.taken, cost);
  }
});
