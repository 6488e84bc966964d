// deno-lint-ignore-file no-console -- speaks as a host does, to be started like one
/**
 * Answers whatever is asked with a body of so many bytes, as fast as it can:
 * plain sockets, so that what is between it and the client is measured.
 *
 *     deno run --allow-net=127.0.0.1 body_server.ts <bytes>
 *
 * @module
 */

const length = Number(Deno.args[0]);
const piece = new Uint8Array(1 << 20);
const head = new TextEncoder().encode(
  `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n`,
);

async function answer(conn: Deno.Conn): Promise<void> {
  try {
    await conn.read(new Uint8Array(16 << 10));
    await conn.write(head);
    for (let left = length; left > 0;) {
      left -= await conn.write(piece.subarray(0, Math.min(left, piece.length)));
    }
  } catch {
    // The other side has gone.
  } finally {
    conn.close();
  }
}

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const { hostname, port } = listener.addr;
console.error(
  `msg="http server started" addr=${hostname}:${port}\nmsg="cell ready"`,
);
for await (const conn of listener) void answer(conn);
