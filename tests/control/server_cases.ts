import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import fc from "fast-check";
import { MsgpackWriter } from "../../src/abi/writer.ts";
import { PulpError } from "../../src/errors.ts";
import { ControlServer } from "../../src/host/control.ts";
import { LIMITS } from "../../src/limits.ts";
import { until } from "../../src/testing/until.ts";
import {
  at,
  dial,
  FakeHost,
  frame,
  raw,
  rest,
  say,
  sayJson,
  served,
  write,
} from "./sockets.ts";

const STATUS = '{"op":"status"}';
const OK = '{"ok":true}';

/** Waits until a host was asked so many things; what asks was sent before. */
async function asked(
  host: FakeHost,
  path: string,
  count: number,
): Promise<void> {
  await until(`${count} requests that are carried out`, async () => {
    if (host.asked.length >= count) return true;
    await sayJson(path, STATUS);
    return host.asked.length >= count;
  });
}

Deno.test("status tells name, state and steps of each cell, and the connection ends", async () => {
  const logger = await served(new FakeHost("a", "b"), async (path) => {
    assertEquals(
      await sayJson(path, STATUS),
      '{"ok":true,"cells":[{"name":"a","state":"ready","steps":9007199254740993},' +
        '{"name":"b","state":"ready","steps":9007199254740993}]}',
    );
  });
  assertEquals(logger.records[0], {
    level: "info",
    message: "control socket listening",
    fields: { addr: at("0.ctl") },
  });
});

Deno.test("shutdown, reload and shutdown_all reach the host, and end it when nothing runs any more", async () => {
  const host = new FakeHost("a", "b");
  const logger = await served(host, async (path, server) => {
    let ended = false;
    server.ended.then(() => ended = true);
    assertEquals(await sayJson(path, '{"op":"reload","cell":"a"}'), OK);
    assertEquals(await sayJson(path, '{"op":"shutdown","cell":"a"}'), OK);
    assertEquals(ended, false);
    assertEquals(await sayJson(path, '{"op":"shutdown","cell":"b"}'), OK);
    await server.ended;
  });
  assertEquals(host.asked, ["reload a", "stop a", "stop b"]);
  assertEquals(
    logger.records.filter((it) => it.message === "control request")
      .map((it) => it.fields),
    [{ op: "reload", cell: "a" }, { op: "shutdown", cell: "a" }, {
      op: "shutdown",
      cell: "b",
    }],
  );

  const other = new FakeHost("a", "b");
  await served(other, async (path, server) => {
    assertEquals(await sayJson(path, '{"op":"shutdown_all"}'), OK);
    await server.ended;
  });
  assertEquals(other.asked, ["shutdown"]);
});

Deno.test("a cell that never came up does not keep a host, one that may come back does", async () => {
  const host = new FakeHost("a", "b", "c");
  host.cells[0]!.state = "failed";
  await served(host, async (path, server) => {
    let ended = false;
    server.ended.then(() => ended = true);
    host.cells[1]!.state = "failed";
    await sayJson(path, '{"op":"shutdown","cell":"c"}');
    await sayJson(path, STATUS);
    assertEquals(ended, false);
    await sayJson(path, '{"op":"shutdown","cell":"b"}');
    await server.ended;
  });
});

Deno.test("requests that make no sense get an error, and the host none of them", async () => {
  const host = new FakeHost("hello", "notes");
  await served(host, async (path) => {
    const error = async (json: string): Promise<string> => {
      const answer = JSON.parse(await sayJson(path, json));
      assertEquals(Object.keys(answer), ["error"]);
      return answer.error;
    };
    assertEquals(await error('{"op":"boom"}'), "unknown op: boom");
    assertEquals(await error('{"op":"shutdown"}'), "cell name required");
    assertEquals(
      await error('{"op":"shutdown","cell":"helo"}'),
      'Cannot stop cell "helo": the host has no such cell (did you mean "hello"?)',
    );
    for (const path of ["cells/hello", "./hello/", "/c/helo/pulp.cell.toml"]) {
      assertEquals(
        await error(JSON.stringify({ op: "shutdown", cell: path })),
        `Cannot stop cell "${path}": the host has no such cell (did you mean "hello"?)`,
      );
    }
    assertEquals(
      await error('{"op":"reload","cell":"__proto__"}'),
      'Cannot reload cell "__proto__": the host has no such cell',
    );
    assert(
      (await error(`{"op":"reload","cell":"${"x".repeat(500_000)}"}`)).length <
        400,
    );
    for (
      const message of [[0xc1], [0x93, 1, 2, 3], [0xdf, 255, 255, 255, 255]]
    ) {
      assertStringIncludes(
        await say(path, Uint8Array.from(message)),
        '{"error":"invalid msgpack: ',
      );
    }
    assertStringIncludes(await sayJson(path, STATUS), '"ok":true');
  });
  assertEquals(host.asked, []);
});

Deno.test("what the host can't do is said to who asked, and nobody else is bothered", async () => {
  const host = new FakeHost("a");
  host.reload = () => Promise.reject(new PulpError("module", "it is broken"));
  await served(host, async (path) => {
    assertEquals(
      await sayJson(path, '{"op":"reload","cell":"a"}'),
      '{"error":"it is broken"}',
    );
    const status = host.status;
    host.status = () => {
      throw new Error("no idea");
    };
    assertEquals(await sayJson(path, STATUS), '{"error":"no idea"}');
    host.status = status;
    assertStringIncludes(await sayJson(path, STATUS), '"ok":true');
  });
});

Deno.test("an answer that is longer than a frame is an error", async () => {
  const host = new FakeHost(
    ...Array.from({ length: 10_000 }, (_, i) => `${i}`.padStart(100, "x")),
  );
  await served(host, async (path) => {
    assertStringIncludes(await sayJson(path, STATUS), '{"error":"the answer');
  });
});

Deno.test("frames of no bytes or too many end the connection at once, without a word", async () => {
  await served(new FakeHost("a"), async (path) => {
    const start = performance.now();
    for (
      const header of [[0, 0, 0, 0], [1, 0, 16, 0], [255, 255, 255, 255]]
    ) {
      assertEquals(await raw(path, Uint8Array.from(header)), []);
    }
    assert(performance.now() - start < LIMITS.controlTransferMs / 2);
  });
});

Deno.test("a frame of the largest length is taken, one byte at a time or not", async () => {
  const head = new MsgpackWriter().map(2).str("op").str("status").str("pad");
  const used = head.finish().length;
  const message = new MsgpackWriter().map(2).str("op").str("status").str("pad")
    .bin(new Uint8Array(LIMITS.controlFrameBytes - used - 5)).finish();
  assertEquals(message.length, LIMITS.controlFrameBytes);
  await served(new FakeHost("a"), async (path) => {
    assertStringIncludes(await say(path, message), '"ok":true');
    using conn = await dial(path);
    for (const byte of frame(STATUS)) await write(conn, Uint8Array.of(byte));
    assert((await rest(conn)).length > 0);
  });
});

Deno.test("whatever bytes come, the next request is answered", async () => {
  await served(new FakeHost("a"), async (path) => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 64 }),
        fc.boolean(),
        async (bytes, framed) => {
          if (framed && bytes.length > 0) {
            await say(path, bytes);
          } else {
            using conn = await dial(path);
            await write(conn, bytes);
          }
          assertStringIncludes(await sayJson(path, STATUS), '"ok":true');
        },
      ),
      { numRuns: 60 },
    );
  });
});

Deno.test("only the first request of a connection counts", async () => {
  const host = new FakeHost("a", "b");
  await served(host, async (path) => {
    using conn = await dial(path);
    const [first, second] = [
      frame('{"op":"reload","cell":"a"}'),
      frame('{"op":"reload","cell":"b"}'),
    ];
    await write(conn, Uint8Array.from([...first, ...second]));
    assertEquals((await rest(conn)).length, 4 + 5);
  });
  assertEquals(host.asked, ["reload a"]);
});

Deno.test("connections that say nothing keep nobody out, and are few", async () => {
  await served(new FakeHost("a"), async (path) => {
    const silent = await Promise.all(
      Array.from({ length: 200 }, () => dial(path)),
    );
    try {
      const start = performance.now();
      assertStringIncludes(await sayJson(path, STATUS), '"ok":true');
      assert(performance.now() - start < LIMITS.controlTransferMs / 2);
      // All but the last ones were let go of; the rest would read forever.
      const ended = silent.slice(0, -LIMITS.controlTransfers);
      assertEquals(
        await Promise.all(ended.map(rest)),
        ended.map(() => []),
      );
    } finally {
      for (const conn of silent) conn.close();
    }
  });
});

Deno.test("a request that is not there in 5 s is given up, however it trickles in", async () => {
  await served(new FakeHost("a"), async (path) => {
    using silent = await dial(path);
    using slow = await dial(path);
    const bytes = frame(`{"op":"status","pad":"${"x".repeat(10_000)}"}`);
    const start = performance.now();
    const trickle = (async () => {
      for (const byte of bytes) {
        if (!await write(slow, Uint8Array.of(byte))) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    assertEquals(await Promise.all([rest(silent), rest(slow)]), [[], []]);
    const took = performance.now() - start;
    assert(took >= LIMITS.controlTransferMs - 50, `${took} ms`);
    assert(took < LIMITS.controlTransferMs * 1.5, `${took} ms`);
    await trickle;
  });
});

Deno.test("requests that are carried out are counted, and status is answered all the while", async () => {
  const host = new FakeHost("a");
  const { promise, resolve } = Promise.withResolvers<void>();
  host.before = promise;
  await served(host, async (path) => {
    const reloads = Array.from(
      { length: LIMITS.controlRequests },
      () => sayJson(path, '{"op":"reload","cell":"a"}'),
    );
    // Answered behind the others: connections are accepted in their order.
    await asked(host, path, LIMITS.controlRequests);
    assertEquals(
      await sayJson(path, '{"op":"reload","cell":"a"}'),
      '{"error":"too many requests at once"}',
    );
    assertStringIncludes(await sayJson(path, STATUS), '"ok":true');
    resolve();
    assertEquals(await Promise.all(reloads), reloads.map(() => OK));
  });
});

Deno.test("who goes away before the answer does no harm", async () => {
  const host = new FakeHost("a");
  const { promise, resolve } = Promise.withResolvers<void>();
  host.before = promise;
  await served(host, async (path) => {
    const conn = await dial(path);
    await write(conn, frame('{"op":"reload","cell":"a"}'));
    await asked(host, path, 1);
    conn.close();
    resolve();
    assertStringIncludes(await sayJson(path, STATUS), '"ok":true');
  });
});

Deno.test("close() lets go of who said nothing and answers who asked", async () => {
  const host = new FakeHost("a");
  const { promise, resolve } = Promise.withResolvers<void>();
  host.before = promise;
  const server = await ControlServer.open(at("0.ctl"), host);
  using silent = await dial(server.path);
  const reload = sayJson(server.path, '{"op":"reload","cell":"a"}');
  await asked(host, server.path, 1);
  const closed = server.close();
  assertEquals(await rest(silent), []);
  await assertRejects(() => dial(server.path));
  resolve();
  assertEquals(await reload, OK);
  await closed;
  await server.close();
});
