import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ManifestError } from "./problems.ts";
import { parseManifest } from "./parse.ts";

function configOf(toml: string): Uint8Array {
  return parseManifest(
    `name = "a"\nversion = "1"\n${toml}`,
    "/a/pulp.cell.toml",
  ).config;
}

/** What a decoder sees that keeps the width of the wire. */
type Wire =
  | { readonly is: string; readonly value: bigint | number | string | boolean }
  | { readonly is: "array"; readonly items: readonly Wire[] }
  | {
    readonly is: "map";
    readonly entries: readonly (readonly [string, Wire])[];
  };

/** Reads only the forms that the contract allows in `[config]`. */
class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  static read(bytes: Uint8Array): Wire {
    const reader = new WireReader(bytes);
    const value = reader.#value();
    assertEquals(reader.#at, bytes.length, "bytes left over");
    return value;
  }

  #value(): Wire {
    const marker = this.#uint(1);
    if (marker === 0xd3) {
      return { is: "int64", value: this.#view.getBigInt64(this.#skip(8)) };
    }
    if (marker === 0xcb) {
      return { is: "float64", value: this.#view.getFloat64(this.#skip(8)) };
    }
    if (marker === 0xc2 || marker === 0xc3) {
      return { is: "bool", value: marker === 0xc3 };
    }
    if (marker === 0xd6) return this.#time(0, this.#uint(1), 4);
    if (marker === 0xd7) return this.#time(0, this.#uint(1), 8);
    if (marker === 0xc7) {
      const size = this.#uint(1);
      return this.#time(0, this.#uint(1), size);
    }
    const text = strLength(marker);
    if (text !== undefined) return { is: "str", value: this.#text(text) };
    const sizes: Record<number, [number, "array" | "map"]> = {
      0xdc: [2, "array"],
      0xdd: [4, "array"],
      0xde: [2, "map"],
      0xdf: [4, "map"],
    };
    const long = sizes[marker];
    if (long !== undefined) return this.#many(this.#uint(long[0]), long[1]);
    if (marker >> 4 === 8) return this.#many(marker & 15, "map");
    if (marker >> 4 === 9) return this.#many(marker & 15, "array");
    throw new Error(`marker 0x${marker.toString(16)} has no place in a config`);
  }

  #many(n: number, is: "array" | "map"): Wire {
    if (is === "array") {
      return { is, items: Array.from({ length: n }, () => this.#value()) };
    }
    return {
      is,
      entries: Array.from({ length: n }, () => {
        const key = this.#value();
        if (key.is !== "str" || !("value" in key)) throw new Error("key");
        return [String(key.value), this.#value()] as const;
      }),
    };
  }

  /** A timestamp extension as nanoseconds since 1970. */
  #time(_: number, type: number, size: number): Wire {
    assertEquals(type, 0xff);
    if (size === 4) {
      return { is: "time", value: BigInt(this.#uint(4)) * 1_000_000_000n };
    }
    if (size === 8) {
      const both = this.#view.getBigUint64(this.#skip(8));
      return {
        is: "time",
        value: (both & 0x3_ffff_ffffn) * 1_000_000_000n + (both >> 34n),
      };
    }
    assertEquals(size, 12);
    const nanos = BigInt(this.#uint(4));
    const seconds = this.#view.getBigInt64(this.#skip(8));
    return { is: "time", value: seconds * 1_000_000_000n + nanos };
  }

  #text(length: (reader: (n: number) => number) => number): string {
    const n = length((size) => this.#uint(size));
    const start = this.#skip(n);
    return new TextDecoder().decode(this.#bytes.subarray(start, start + n));
  }

  #uint(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) {
      value = value * 256 + this.#view.getUint8(this.#at++);
    }
    return value;
  }

  #skip(n: number): number {
    this.#at += n;
    return this.#at - n;
  }
}

function strLength(
  marker: number,
): ((uint: (n: number) => number) => number) | undefined {
  if (marker >> 5 === 5) return () => marker & 31;
  const size = { 0xd9: 1, 0xda: 2, 0xdb: 4 }[marker];
  return size === undefined ? undefined : (uint) => uint(size);
}

function valueOf(toml: string): Wire {
  const wire = WireReader.read(configOf(`[config]\nx = ${toml}\n`));
  if (!("entries" in wire)) throw new Error("not a map");
  const [entry] = wire.entries;
  if (entry === undefined) throw new Error("empty");
  return entry[1];
}

Deno.test("encodeConfig() writes an absent and an empty table as no bytes", () => {
  assertEquals(configOf("").length, 0);
  assertEquals(configOf("[config]\n").length, 0);
  assertEquals(configOf("config = {}\n").length, 0);
});

Deno.test("encodeConfig() writes the bytes of the contract", () => {
  assertEquals(
    configOf("[config]\nn = 7\n"),
    new Uint8Array([0x81, 0xa1, 0x6e, 0xd3, 0, 0, 0, 0, 0, 0, 0, 7]),
  );
  assertEquals(
    configOf("[config]\nf = 1.0\n"),
    new Uint8Array([0x81, 0xa1, 0x66, 0xcb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0]),
  );
});

Deno.test("encodeConfig() keeps integers exact over all 64 bits, in every base", () => {
  for (
    const [toml, value] of [
      ["0", 0n],
      ["-1", -1n],
      ["9007199254740993", 9007199254740993n],
      ["9223372036854775807", 2n ** 63n - 1n],
      ["-9223372036854775808", -(2n ** 63n)],
      ["0xff", 255n],
      ["0o17", 15n],
      ["0b101", 5n],
      ["1_000", 1000n],
    ] as const
  ) {
    assertEquals(valueOf(toml), { is: "int64", value }, toml);
  }
});

Deno.test("encodeConfig() keeps floats floats", () => {
  for (
    const [toml, value] of [
      ["1.0", 1],
      ["-0.0", -0],
      ["1e3", 1000],
      ["inf", Infinity],
      ["-inf", -Infinity],
      ["nan", NaN],
    ] as const
  ) {
    assertEquals(valueOf(toml), { is: "float64", value }, toml);
  }
});

Deno.test("encodeConfig() writes dates as timestamps, to the nanosecond", () => {
  const at = (iso: string): bigint =>
    Temporal.Instant.from(iso).epochNanoseconds;
  for (
    const [toml, iso] of [
      ["1979-05-27T07:32:00Z", "1979-05-27T07:32:00Z"],
      ["1979-05-27 07:32:00+02:00", "1979-05-27T05:32:00Z"],
      ["1979-05-27T07:32:00.123456789Z", "1979-05-27T07:32:00.123456789Z"],
      ["1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"],
      ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"],
      ["9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"],
      ["2514-05-30T01:53:04Z", "2514-05-30T01:53:04Z"],
    ] as const
  ) {
    assertEquals(valueOf(toml), { is: "time", value: at(iso) }, toml);
  }
});

Deno.test("encodeConfig() takes dates and times without an offset as UTC", () => {
  const at = (iso: string): bigint =>
    Temporal.Instant.from(iso).epochNanoseconds;
  for (
    const [toml, iso] of [
      ["1979-05-27T07:32:00.5", "1979-05-27T07:32:00.5Z"],
      ["1979-05-27", "1979-05-27T00:00:00Z"],
      ["07:32:00", "0000-01-01T07:32:00Z"],
    ] as const
  ) {
    assertEquals(valueOf(toml), { is: "time", value: at(iso) }, toml);
  }
});

Deno.test("encodeConfig() writes nested tables, arrays of tables and mixed arrays", () => {
  const wire = WireReader.read(configOf(`
[config]
mixed = [1, 1.5, "x", true, [], {}, { a.b = 1 }]
[config.deep.deeper]
x = 1
[[config.rows]]
id = 1
[[config.rows]]
id = 2
[config.rows.more]
y = false
`));
  const int = (value: bigint): Wire => ({ is: "int64", value });
  const map = (...entries: [string, Wire][]): Wire => ({ is: "map", entries });
  assertEquals(
    wire,
    map(
      ["mixed", {
        is: "array",
        items: [
          int(1n),
          { is: "float64", value: 1.5 },
          { is: "str", value: "x" },
          { is: "bool", value: true },
          { is: "array", items: [] },
          map(),
          map(["a", map(["b", int(1n)])]),
        ],
      }],
      ["deep", map(["deeper", map(["x", int(1n)])])],
      ["rows", {
        is: "array",
        items: [
          map(["id", int(1n)]),
          map(["id", int(2n)], [
            "more",
            map(["y", {
              is: "bool",
              value: false,
            }]),
          ]),
        ],
      }],
    ),
  );
});

Deno.test("encodeConfig() keeps keys that name things of JavaScript", () => {
  const wire = WireReader.read(
    configOf("[config]\n__proto__ = 1\nconstructor = 2\n"),
  );
  assertEquals("entries" in wire && wire.entries.map(([key]) => key), [
    "__proto__",
    "constructor",
  ]);
});

Deno.test("encodeConfig() refuses integers outside of 64 bits", () => {
  const bigint = fc.bigInt({ min: -(2n ** 80n), max: 2n ** 80n });
  fc.assert(fc.property(bigint, (value) => {
    const fits = BigInt.asIntN(64, value) === value;
    if (fits) assertEquals(valueOf(`${value}`), { is: "int64", value });
    else assertThrows(() => valueOf(`${value}`), ManifestError, "64 bits");
  }));
});

/** A value as TOML, and what a cell is to see of it. */
interface Sample {
  readonly toml: string;
  readonly wire: Wire;
}

const { sample } = fc.letrec<{ sample: Sample; items: Sample; table: Sample }>(
  (tie) => ({
    sample: fc.oneof(
      { depthSize: "small" },
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => ({
        toml: `${value}`,
        wire: { is: "int64", value },
      })),
      fc.double().map((value) => ({
        toml: tomlFloat(value),
        wire: { is: "float64", value },
      })),
      fc.boolean().map((value) => ({
        toml: `${value}`,
        wire: { is: "bool", value },
      })),
      fc.string({ unit: "grapheme", maxLength: 80 }).map((value) => ({
        toml: tomlString(value),
        wire: { is: "str", value },
      })),
      tie("items"),
      tie("table"),
    ),
    items: fc.array(tie("sample"), { maxLength: 20 }).map((items) => ({
      toml: `[${items.map(({ toml }) => toml).join(", ")}]`,
      wire: { is: "array", items: items.map(({ wire }) => wire) },
    })),
    table: fc.uniqueArray(
      // Keys that look like array indices move to the front of an object.
      fc.tuple(fc.string().map((key) => `k${key}`), tie("sample")),
      { maxLength: 20, selector: ([key]) => key },
    ).map((entries) => ({
      toml: `{${
        entries.map(([key, { toml }]) => `${tomlString(key)} = ${toml}`)
          .join(", ")
      }}`,
      wire: {
        is: "map",
        entries: entries.map(([key, { wire }]) => [key, wire] as const),
      },
    })),
  }),
);

function tomlString(value: string): string {
  return JSON.stringify(value).replaceAll("\x7f", "\\u007f");
}

function tomlFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = Object.is(value, -0) ? "-0.0" : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

Deno.test("encodeConfig() keeps every value and its width, whatever the nesting", () => {
  fc.assert(fc.property(sample, ({ toml, wire }) => {
    assertEquals(valueOf(toml), wire);
  }));
});
