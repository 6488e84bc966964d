// deno-lint-ignore-file no-console -- prints its one figure
/**
 * Puts load on an HTTP server over kept-alive connections, one request at a
 * time on each, and prints the requests answered in a second.
 *
 *     deno run --allow-net=127.0.0.1 load_client.ts <host:port> <path> <connections> <ms>
 *
 * @module
 */

const [address = "", path = "/", connections = "32", ms = "1000"] = Deno.args;
const [hostname = "", port = ""] = address.split(":");
const request = new TextEncoder().encode(
  `GET ${path} HTTP/1.1\r\nHost: ${address}\r\n\r\n`,
);
const end = performance.now() + Number(ms);

/** The length of one whole answer, learned from the first. */
async function first(conn: Deno.Conn, buffer: Uint8Array): Promise<number> {
  let text = "";
  await conn.write(request);
  while (true) {
    const n = await conn.read(buffer);
    if (n === null) throw new Error("the server closed the connection");
    text += new TextDecoder("latin1").decode(buffer.subarray(0, n));
    const head = text.indexOf("\r\n\r\n");
    if (head < 0) continue;
    if (!text.startsWith("HTTP/1.1 200")) {
      throw new Error(`answered ${text.split("\r\n")[0]}`);
    }
    const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? NaN);
    if (text.length >= head + 4 + length) return head + 4 + length;
  }
}

async function connection(): Promise<number> {
  const conn = await Deno.connect({ hostname, port: Number(port) });
  const buffer = new Uint8Array(64 << 10);
  const length = await first(conn, buffer);
  let answered = 1;
  while (performance.now() < end) {
    await conn.write(request);
    for (let got = 0; got < length;) {
      const n = await conn.read(buffer);
      if (n === null) throw new Error("the server closed the connection");
      got += n;
    }
    answered++;
  }
  conn.close();
  return answered;
}

const start = performance.now();
const counts = await Promise.all(
  Array.from({ length: Number(connections) }, connection),
);
const seconds = (performance.now() - start) / 1000;
console.log(counts.reduce((sum, count) => sum + count, 0) / seconds);
