import { decode, encode } from "@msgpack/msgpack";
import { assert, assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import { BareCell, type BareImports } from "./bare_cell.ts";
import { buildGuest } from "./build.ts";

const WIDE = { useBigInt64: true } as const;
const utf8 = new TextEncoder();

async function sdk(imports: Partial<BareImports> = {}): Promise<BareCell> {
  const built = await buildGuest("as-sdk");
  assert("path" in built);
  const refused = (): number => 99;
  return new BareCell(await Deno.readFile(built.path), {
    log_write: imports.log_write ?? refused,
    entropy_read: imports.entropy_read ?? refused,
    pulp_call: imports.pulp_call ?? refused,
  });
}

/** The text that the guest makes of JSON, or `undefined` when it refuses it. */
function json(cell: BareCell, bytes: Uint8Array): string | undefined {
  const { code, bytes: result } = cell.call("json", encode(bytes));
  return code === 0
    ? new TextDecoder().decode(decode(result) as Uint8Array)
    : undefined;
}

/** The value with every integer as bigint: the SDK writes all of them as int64. */
function widened(value: unknown): unknown {
  if (typeof value === "number" && Number.isInteger(value)) {
    return BigInt(value);
  }
  if (Array.isArray(value)) return value.map(widened);
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, widened(item)]),
  );
}

Deno.test("the SDK imports nothing but what the cell calls, all from pulp", async () => {
  const built = await buildGuest("as-sdk");
  assert("path" in built);
  const module = new WebAssembly.Module(await Deno.readFile(built.path));
  const names = WebAssembly.Module.imports(module)
    .map(({ module, name }) => `${module}.${name}`);
  assertEquals(names.sort(), [
    "pulp.entropy_read",
    "pulp.log_write",
    "pulp.pulp_call",
  ]);
});

Deno.test("the SDK reads and writes any JSON text to the same value", async () => {
  const cell = await sdk();
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      fc.constantFrom(null, true, false),
      fc.maxSafeInteger(),
      fc.string({ unit: "grapheme" }),
      fc.array(tie("value"), { maxLength: 20 }),
      fc.dictionary(fc.string(), tie("value"), { maxKeys: 20 }),
    ),
  }));
  fc.assert(fc.property(value, (value) => {
    const text = JSON.stringify(value);
    assertEquals(
      JSON.parse(json(cell, utf8.encode(text)) ?? "refused"),
      JSON.parse(text),
    );
  }));
  fc.assert(fc.property(fc.string({ unit: "binary" }), (value) => {
    const back = json(cell, utf8.encode(JSON.stringify(value)));
    assertEquals(JSON.parse(back ?? "refused"), value);
  }));
});

Deno.test("the SDK reads and writes a fraction to within a few units in the last place", async () => {
  const cell = await sdk();
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (value) => {
        const back = Number(json(cell, utf8.encode(JSON.stringify(value))));
        const allowed = Math.max(Math.abs(value) * 1e-14, Number.MIN_VALUE * 4);
        assert(Math.abs(back - value) <= allowed, `${value} became ${back}`);
      },
    ),
  );
});

Deno.test("the SDK keeps integers of 64 bits exact, and fractions up to 15 digits", async () => {
  const cell = await sdk();
  const exact = [
    "9223372036854775807",
    "-9223372036854775808",
    "9007199254740993",
    "0",
    "0.1",
    "-2.5",
    "123456.789012345",
    "1e+21",
  ];
  for (const text of exact) assertEquals(json(cell, utf8.encode(text)), text);
  const same = [
    ["-0", "0"],
    ["9223372036854775808", "9223372036854776000.0"],
    ["1E2", "100.0"],
    ["1e400", "null"],
    ["1e-400", "0.0"],
    ["1e-99999999999", "0.0"],
  ];
  for (const [text = "", expected] of same) {
    assertEquals(json(cell, utf8.encode(text)), expected);
  }
});

Deno.test("the SDK refuses exactly the bytes that are no JSON text", async () => {
  const cell = await sdk();
  const accepts = (bytes: Uint8Array): boolean => {
    try {
      const decoder = new TextDecoder("utf-8", {
        fatal: true,
        ignoreBOM: true,
      });
      JSON.parse(decoder.decode(bytes));
      return true;
    } catch {
      return false;
    }
  };
  const mutated = fc.tuple(
    fc.json({ maxDepth: 3 }),
    fc.nat(),
    fc.constantFrom(...utf8.encode('{}[],:"\\0123456789.eE+-tfnu \n\x01\xff')),
  ).map(([text, at, byte]) => {
    const bytes = utf8.encode(text);
    bytes[at % bytes.length] = byte;
    return bytes;
  });
  fc.assert(
    fc.property(
      fc.oneof(mutated, fc.uint8Array({ maxLength: 12 })),
      (bytes) => {
        assertEquals(json(cell, bytes) !== undefined, accepts(bytes));
      },
    ),
    { numRuns: 1000 },
  );
});

Deno.test("the SDK refuses JSON that nests deeper than 64", async () => {
  const cell = await sdk();
  const nested = (depth: number): Uint8Array =>
    utf8.encode("[".repeat(depth) + "]".repeat(depth));
  assertEquals(json(cell, nested(64)), "[".repeat(64) + "]".repeat(64));
  assertEquals(json(cell, nested(100_000)), undefined);
});

Deno.test("the SDK reads every form of MessagePack and keeps the value", async () => {
  const cell = await sdk();
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.double({ noNaN: true }),
    fc.string({ unit: "grapheme" }),
    fc.uint8Array({ maxLength: 300 }),
  );
  // The decoder of this test takes no other.
  const key = fc.string().filter((key) => key !== "__proto__");
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      scalar,
      fc.array(tie("value"), { maxLength: 20 }),
      fc.dictionary(key, tie("value"), { maxKeys: 20 }),
    ),
  }));
  fc.assert(fc.property(value, (value) => {
    const sent = encode(value, WIDE);
    const { code, bytes } = cell.call("value", sent);
    assertEquals(code, 0);
    assertEquals(widened(decode(bytes, WIDE)), widened(decode(sent, WIDE)));
  }));
});

Deno.test("the SDK writes an integer as int64 whatever form it came in", async () => {
  const cell = await sdk();
  const seven = [
    [7],
    [0xcc, 7],
    [0xcd, 0, 7],
    [0xce, 0, 0, 0, 7],
    [0xcf, 0, 0, 0, 0, 0, 0, 0, 7],
    [0xd0, 7],
    [0xd1, 0, 7],
    [0xd2, 0, 0, 0, 7],
    [0xd3, 0, 0, 0, 0, 0, 0, 0, 7],
  ];
  for (const form of seven) {
    const { bytes } = cell.call("value", new Uint8Array(form));
    assertEquals([...bytes], [0xd3, 0, 0, 0, 0, 0, 0, 0, 7]);
  }
});

Deno.test("the SDK refuses MessagePack that lies, nests too deep or has bytes to spare", async () => {
  const cell = await sdk();
  const hostile = [
    [0xdd, 255, 255, 255, 255],
    [0xdf, 255, 255, 255, 255],
    [0xc6, 255, 255, 255, 255],
    [0xdb, 127, 255, 255, 255, 1],
    [0xc9, 255, 255, 255, 255, 1],
    [0xa5, 1],
    [0xd3, 1],
    [0xc1],
    [0x81, 0xa1],
    [0xc0, 0xc0],
    new Array(100_000).fill(0x91),
  ];
  for (const bytes of hostile) {
    assertEquals(cell.call("value", new Uint8Array(bytes)).code, 3);
  }
});

Deno.test("the SDK survives any bytes as arguments, as config and as envelope", async () => {
  const cell = await sdk();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    assert([0, 3].includes(cell.call("value", bytes).code));
    assert([0, 2].includes(cell.init(bytes).code));
    cell.step(bytes);
  }));
});

Deno.test("the SDK says that it does not provide a name", async () => {
  const { code, bytes } = (await sdk()).call("nothing");
  assertEquals(code, 10);
  assertEquals(
    new TextDecoder().decode(bytes),
    "the cell does not provide it",
  );
});

Deno.test("the SDK frees what it took: memory stays where it is", async () => {
  const cell = await sdk();
  const args = encode({ text: "x".repeat(10_000), list: [1, 2, 3] });
  for (let i = 0; i < 200; i++) cell.call("value", args);
  const before = cell.memoryBytes;
  for (let i = 0; i < 5_000; i++) cell.call("value", args);
  assertEquals(cell.memoryBytes, before);
});

Deno.test("the SDK counts idle steps and logs at shutdown", async () => {
  const records: string[] = [];
  const cell: BareCell = await sdk({
    log_write: (level = 0, ptr = 0, length = 0) => {
      const text = new TextDecoder().decode(cell.read(ptr, length));
      records.push(`${level} ${text}`);
      return 0;
    },
  });
  cell.step(new Uint8Array(20));
  cell.step(new Uint8Array(20));
  assertEquals(cell.step(new Uint8Array(19)), 1);
  assertEquals(cell.shutdown(), 0);
  assertEquals(records, ["1 ticks: 2"]);
});

Deno.test("the SDK passes entropy and sibling calls on, and their refusals", async () => {
  const cell: BareCell = await sdk({
    entropy_read: (ptr = 0, length = 0, ptrOut = 0, lengthOut = 0) => {
      const { n } = decode(cell.read(ptr, length)) as { n: number };
      if (n === 0) return 4;
      return cell.respond(
        encode({ bytes: new Uint8Array(n).fill(5) }),
        ptrOut,
        lengthOut,
      );
    },
    pulp_call: (...args) => {
      const [target, targetLength, name, nameLength] = args;
      const [, , , , ptr, length, ptrOut, lengthOut] = args;
      const text = [
        cell.read(target ?? 0, targetLength ?? 0),
        cell.read(name ?? 0, nameLength ?? 0),
      ].map((bytes) => new TextDecoder().decode(bytes)).join(".");
      if (text !== "other.echo") return 11;
      const bytes = cell.read(ptr ?? 0, length ?? 0);
      return cell.respond(bytes, ptrOut ?? 0, lengthOut ?? 0);
    },
  });
  const random = cell.call("random", encode(3));
  assertEquals(decode(random.bytes), new Uint8Array([5, 5, 5]));
  assertEquals(cell.call("random", encode(0)).code, 11);
  const args = new Uint8Array([1, 2]);
  const ask = (target: string): unknown =>
    decode(
      cell.call("call", encode({ target, name: "echo", args })).bytes,
    );
  assertEquals(ask("other"), { code: 0, bytes: args });
  assertEquals(ask("nobody"), { code: 11, bytes: new Uint8Array() });
});

Deno.test("the SDK traps, rather than read on, past the end of an array", async () => {
  const cell = await sdk();
  assertThrows(() => cell.call("trap", encode(5)), WebAssembly.RuntimeError);
});
