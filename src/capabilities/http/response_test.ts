import { constants, gzipSync } from "node:zlib";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { LIMITS } from "../../limits.ts";
import { ChunkedDecoder } from "./chunked.ts";
import { ConnReader } from "./conn_reader.ts";
import {
  bodyOf,
  type BodySource,
  gunzipped,
  piecesOf,
} from "./response_body.ts";
import { framingOf, readHead, type ResponseHead } from "./response_head.ts";

const encoder = new TextEncoder();

/** A connection that gives these bytes, in pieces of these sizes. */
function reader(bytes: Uint8Array | string, sizes: number[] = []): ConnReader {
  const all = typeof bytes === "string" ? encoder.encode(bytes) : bytes;
  let at = 0;
  let turn = 0;
  return new ConnReader({
    read(into): Promise<number | null> {
      if (at === all.length) return Promise.resolve(null);
      const size = sizes.length === 0
        ? Infinity
        : sizes[turn++ % sizes.length]!;
      const piece = all.subarray(at, at + Math.min(size, into.length));
      into.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length);
    },
  });
}

async function whole(pieces: AsyncIterable<Uint8Array>): Promise<number[]> {
  const all: number[] = [];
  for await (const piece of pieces) {
    for (const byte of piece) all.push(byte);
  }
  return all;
}

function head(...headers: [string, string][]): ResponseHead {
  return { status: 200, minor: 1, headers };
}

const SIZES = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 });

Deno.test("readHead() reads what is there, however it is cut", async () => {
  const text = "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" +
    "HTTP/1.1 200 OK\r\nA: 1\r\nb:\t2 \r\nEmpty:\r\n" +
    "Folded: one\r\n  two\r\nUtf: \xc3\xa4\r\n\r\nbody";
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  await fc.assert(fc.asyncProperty(SIZES, async (sizes) => {
    const from = reader(bytes, sizes);
    assertEquals(await readHead(from), {
      status: 200,
      minor: 1,
      headers: [
        ["A", "1"],
        ["b", "2"],
        ["Empty", ""],
        ["Folded", "one two"],
        ["Utf", "\xc3\xa4"],
      ],
    });
    assertEquals(await whole(piecesOf(bodyOf(from, 4))), [
      ...encoder.encode("body"),
    ]);
  }));
});

Deno.test("readHead() takes bare line feeds, and no reason", async () => {
  const { status, minor, headers } = await readHead(
    reader("HTTP/1.0 404\nx: 1\n\n"),
  );
  assertEquals({ status, minor, headers }, {
    status: 404,
    minor: 0,
    headers: [["x", "1"]],
  });
});

Deno.test("readHead() takes spaces, tabs and folds off, and no other white space", async () => {
  const { headers } = await readHead(
    reader(Uint8Array.from(
      "HTTP/1.1 200 OK\r\na: \t x\t y \t\r\nb: \t \r\n" +
        "c: \xa0x\xa0\r\n \t\xc3\xa0 \r\n\t\xa0\r\nd:\r\n \r\n z\r\n\r\n",
      (char) => char.charCodeAt(0),
    )),
  );
  assertEquals(headers, [
    ["a", "x\t y"],
    ["b", ""],
    ["c", "\xa0x\xa0 \xc3\xa0 \xa0"],
    ["d", "z"],
  ]);
});

Deno.test("readHead() takes a moment for a head, whatever it is full of", async () => {
  const bytes = LIMITS.fetchHeadBytes - 100;
  const began = performance.now();
  for (
    const fill of [" ", "\t", "\r\n y", `\r\n y${" ".repeat(4000)}z`]
  ) {
    const value = `x${fill.repeat(bytes / fill.length)}y`;
    const { headers } = await readHead(
      reader(`HTTP/1.1 200 OK\r\na: ${value}\r\n\r\n`),
    );
    assertEquals(headers.length, 1);
    assertEquals(headers[0]![1], value.replaceAll("\r\n", ""));
  }
  // Minutes, when each of many spaces begins a search.
  assert(performance.now() - began < 20_000);
});

Deno.test("readHead() refuses what is no head", async () => {
  for (
    const text of [
      "",
      "\r\n\r\n",
      "nonsense\r\n\r\n",
      "HTTP/2 200 OK\r\n\r\n",
      "HTTP/1.1 20 OK\r\n\r\n",
      "HTTP/1.1 099 OK\r\n\r\n",
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
      "HTTP/1.1 200 OK\r\na b: c\r\n\r\n",
      "HTTP/1.1 200 OK\r\na : c\r\n\r\n",
      "HTTP/1.1 200 OK\r\n: c\r\n\r\n",
      "HTTP/1.1 200 OK\r\n folded: first\r\n\r\n",
      "HTTP/1.1 200 OK\r\na: b\rc: d\r\n\r\n",
      "HTTP/1.1 200 OK\r\na: b\0\r\n\r\n",
      "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n",
      `HTTP/1.1 200 OK\r\na: ${"x".repeat(LIMITS.fetchHeadBytes)}\r\n\r\n`,
      "HTTP/1.1 102 Go on\r\n\r\n".repeat(LIMITS.fetchHeadBytes / 20),
    ]
  ) {
    await assertRejects(() => readHead(reader(text)), Error);
  }
});

Deno.test("framingOf() knows how a body ends, and refuses to guess", () => {
  assertEquals(framingOf("GET", head()), "to the end");
  assertEquals(framingOf("GET", head(["Content-Length", "7"])), 7);
  assertEquals(
    framingOf("GET", head(["content-length", "7"], ["Content-Length", "7"])),
    7,
  );
  assertEquals(
    framingOf("GET", head(["Transfer-Encoding", "Chunked"])),
    "chunked",
  );
  assertEquals(framingOf("HEAD", head(["Content-Length", "7"])), 0);
  assertEquals(framingOf("GET", { ...head(), status: 204 }), 0);
  assertEquals(framingOf("GET", { ...head(), status: 304 }), 0);
  for (
    const headers of [
      [["Content-Length", "7"], ["Content-Length", "8"]],
      [["Content-Length", "-1"]],
      [["Content-Length", "0x7"]],
      [["Content-Length", ""]],
      [["Content-Length", "9999999999999999999"]],
      [["Content-Length", "7"], ["Transfer-Encoding", "chunked"]],
      [["Transfer-Encoding", "gzip, chunked"]],
      [["Transfer-Encoding", "chunked"], ["Transfer-Encoding", "chunked"]],
      [["Transfer-Encoding", "identity"]],
    ] satisfies [string, string][][]
  ) {
    assertThrows(() => framingOf("GET", head(...headers)), Error);
  }
  assertThrows(() =>
    framingOf("GET", { ...head(["Transfer-Encoding", "chunked"]), minor: 0 })
  );
});

Deno.test("a body comes through whatever its framing and its pieces", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), {
      maxLength: 20,
    }),
    SIZES,
    fc.constantFrom("", ";a=b", ' ;a="b;\t"'),
    async (parts, sizes, extension) => {
      const data = parts.flatMap((part) => [...part]);
      const lines: number[] = [];
      for (const part of parts) {
        const size = `${part.length.toString(16)}${extension}\r\n`;
        lines.push(...encoder.encode(size), ...part, 13, 10);
      }
      lines.push(...encoder.encode("0\r\nTrailer: x\r\n\r\nmore"));
      const framed = bodyOf(reader(new Uint8Array(lines), sizes), "chunked");
      assertEquals(await whole(piecesOf(framed)), data);
      const plain = new Uint8Array([...data, 1, 2, 3]);
      const sized = bodyOf(reader(plain, sizes), data.length);
      assertEquals(await whole(piecesOf(sized)), data);
      const open = bodyOf(reader(plain, sizes), "to the end");
      assertEquals(await whole(piecesOf(open)), [...plain]);
    },
  ));
});

Deno.test("a piece is never written to again", async () => {
  const data = crypto.getRandomValues(new Uint8Array(60_000));
  const from = bodyOf(reader(data, [10_000, 16_384, 3]), "to the end");
  const pieces: Uint8Array[] = [];
  for await (const piece of piecesOf(from)) pieces.push(piece);
  assertEquals(new Uint8Array(pieces.flatMap((piece) => [...piece])), data);
  assertEquals(new Set(pieces.map(({ buffer }) => buffer)).size, pieces.length);
});

Deno.test("a body that ends early, or whose chunks are broken, is an error", async () => {
  await assertRejects(() => whole(piecesOf(bodyOf(reader("abc"), 4))), Error);
  for (
    const text of [
      "",
      "3\r\nab",
      "3\r\nabc",
      "3\r\nabc\r\n",
      "3\r\nabc\r\n0\r\n",
      "3\r\nabcd\r\n0\r\n\r\n",
      "x\r\n",
      "-1\r\n",
      "\r\n",
      "fffffffffffffff\r\n",
      "1\r\r\na\r\n0\r\n\r\n",
      "1\rx\na\r\n0\r\n\r\n",
      "1\r\na\r\r\n0\r\n\r\n",
      "1\r\na\r\n0\r\n\r\r\n",
      "1\r\na\r\n0\r\nb: c\rd\r\n\r\n",
      `1;${"x".repeat(70_000)}\r\na\r\n0\r\n\r\n`,
      `0\r\n${"a: b\r\n".repeat(20_000)}\r\n`,
      `${`1;${"x".repeat(60)}\r\na\r\n`.repeat(2_000)}0\r\n\r\n`,
    ]
  ) {
    const body = bodyOf(reader(text), "chunked");
    await assertRejects(() => whole(piecesOf(body)), Error);
  }
});

/** A body of these pieces, which ends with an error if there is one. */
function bodyFrom(pieces: Uint8Array[], error?: Error): BodySource {
  const left = pieces.map((piece) => piece.slice());
  return {
    read(): ReturnType<BodySource["read"]> {
      return left.length === 0 && error !== undefined
        ? Promise.reject(error)
        : Promise.resolve(left.shift());
    },
  };
}

Deno.test("gunzipped() undoes the coding however it is cut, and its pieces are the taker's own", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 2000 })),
        { minLength: 1, maxLength: 3 },
      ),
      fc.integer({ min: 1, max: 5000 }),
      async (members, cut) => {
        const plain = members.map(([bytes, times]) =>
          new Uint8Array(Array(times).fill([...bytes]).flat())
        );
        const packed = plain.flatMap((bytes) => [...gzipSync(bytes)]);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < packed.length; at += cut) {
          pieces.push(Uint8Array.from(packed.slice(at, at + cut)));
        }
        const read: number[] = [];
        for await (const piece of piecesOf(gunzipped(bodyFrom(pieces)))) {
          assert(piece.length > 0);
          for (const byte of piece) read.push(byte);
          // As who sends it to another thread does.
          piece.buffer.transfer();
        }
        const expected = plain.flatMap((bytes) => [...bytes]);
        assertEquals(read.length, expected.length);
        assert(read.every((byte, at) => byte === expected[at]));
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("gunzipped() unpacks what is taken, and little more", async () => {
  const length = 64 << 20;
  const packed = gzipSync(new Uint8Array(length));
  let total = 0;
  for await (const piece of piecesOf(gunzipped(bodyFrom([packed])))) {
    total += piece.length;
    assert(piece.buffer.byteLength <= 64 << 10, `${piece.buffer.byteLength}`);
  }
  assertEquals(total, length);
});

Deno.test("gunzipped() gives what has come, and says what is wrong with the rest", async () => {
  const start = gzipSync("abc", { finishFlush: constants.Z_SYNC_FLUSH });
  let goOn = (): void => {};
  const waiting = new Promise<void>((resolve) => goOn = resolve);
  const first = bodyFrom([start]);
  const gone = new Error("gone");
  const { read } = gunzipped({
    read: async () => {
      const piece = await first.read();
      if (piece !== undefined) return piece;
      await waiting;
      throw gone;
    },
  });
  assertEquals(await read(), encoder.encode("abc"));
  const next = read();
  goOn();
  assertStrictEquals(await next.catch((error) => error), gone);

  const whole = new Uint8Array(gzipSync("abc"));
  const wrong = whole.slice();
  wrong[wrong.length - 6]! ^= 1;
  for (
    const bytes of [whole.slice(0, -3), wrong, start, encoder.encode("abc")]
  ) {
    const { read } = gunzipped(bodyFrom([new Uint8Array(bytes)]));
    await assertRejects(
      async () => {
        while (await read() !== undefined);
      },
      Error,
      "gzip coding of the body is broken",
    );
  }
});

Deno.test("small chunks, and an extension on each large one, are no more framing than a body may have", async () => {
  const large = `320;${"x".repeat(80)}\r\n${"a".repeat(0x320)}\r\n`;
  for (
    const [chunk, bytes, count] of [
      ["0000000000001\r\na\r\n", 1, 10_000],
      [large, 0x320, 1_000],
    ] as const
  ) {
    const text = `${chunk.repeat(count)}0\r\n\r\n`;
    const body = await whole(piecesOf(bodyOf(reader(text), "chunked")));
    assertEquals(body.length, bytes * count);
  }
});

Deno.test("ChunkedDecoder takes any bytes without an end", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const decoder = new ChunkedDecoder();
    try {
      const length = decoder.decode(bytes);
      return length <= bytes.length;
    } catch (error) {
      return error instanceof Error;
    }
  }));
});
