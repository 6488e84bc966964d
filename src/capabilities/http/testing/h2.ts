/**
 * A request over HTTP/2 of which every frame is looked at: Deno's own clients
 * take what others refuse.
 *
 * @module
 */

const DATA = 0, HEADERS = 1, SETTINGS = 4;
const END_STREAM = 1, END_HEADERS = 4;

/** Sends a request without a body; gives the bytes of all DATA frames of its answer. */
export async function dataOverHttp2(
  port: number,
  method: string,
  path: string,
): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  const reader = conn.readable.getReader();
  const writer = conn.writable.getWriter();
  let seen = new Uint8Array(0);
  const take = async (length: number): Promise<Uint8Array> => {
    while (seen.length < length) {
      const { done, value } = await reader.read();
      if (done) throw new Error("the connection ended");
      seen = Uint8Array.from([...seen, ...value]);
    }
    const taken = seen.slice(0, length);
    seen = seen.slice(length);
    return taken;
  };
  await writer.write(
    new TextEncoder().encode("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  );
  await writer.write(frame(SETTINGS, 0, 0, []));
  await writer.write(
    frame(HEADERS, END_STREAM | END_HEADERS, 1, [
      ...field(2, method),
      0x86, // :scheme http
      ...field(4, path),
      ...field(1, `127.0.0.1:${port}`),
    ]),
  );
  let data = "";
  for (;;) {
    const [a, b, c, type, flags = 0, ...stream] = await take(9);
    const payload = await take(a! << 16 | b! << 8 | c!);
    if (stream.at(-1) !== 1) continue;
    if (type === DATA) data += new TextDecoder().decode(payload);
    if ((type === DATA || type === HEADERS) && (flags & END_STREAM) !== 0) {
      return data;
    }
  }
}

function frame(
  type: number,
  flags: number,
  stream: number,
  payload: readonly number[],
): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  return Uint8Array.from(
    [length >> 16, length >> 8, length, type, flags, 0, 0, 0, stream].concat(
      payload,
    ),
  );
}

/** A field whose name is in the static table, as it is. */
function field(index: number, value: string): number[] {
  return [index, value.length, ...new TextEncoder().encode(value)];
}
