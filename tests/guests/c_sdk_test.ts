import { decode, encode } from "@msgpack/msgpack";
import { assert, assertEquals } from "@std/assert";
import { fromFileUrl } from "@std/path";
import * as fc from "fast-check";
import { LANGUAGE_TEMPLATES } from "../../src/cli/new_cell/language.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { runProcess } from "../support/pulp.ts";
import { BareCell } from "./bare_cell.ts";

const SOURCE = fromFileUrl(new URL("./c/sdk.c", import.meta.url));
const HEADERS = fromFileUrl(new URL("../../cells/sdk/c/", import.meta.url));

const WIDE = { useBigInt64: true } as const;
const utf8 = new TextEncoder();

/** The guest, built as a new cell in C is; or why it can't be. */
async function build(): Promise<Uint8Array<ArrayBuffer> | string> {
  await using dir = new TempDir();
  await Deno.copyFile(SOURCE, dir.join("cell.c"));
  const script = `${LANGUAGE_TEMPLATES.c.build} -I'${HEADERS}'`;
  const { code, err } = await runProcess("bash", ["-c", script], {
    cwd: dir.path,
  });
  if (code === 0) return await Deno.readFile(dir.join("cell.wasm"));
  const isMissing = /command not found|wasm-ld.*(?:not found|doesn't exist)/;
  if (isMissing.test(err)) return "clang or wasm-ld is not installed";
  throw new Error(err);
}

const wasm = await build();

function test(name: string, fn: (cell: () => BareCell) => void): void {
  Deno.test({
    name: typeof wasm === "string" ? `${name} (skipped: ${wasm})` : name,
    ignore: typeof wasm === "string",
    fn: () => {
      assert(typeof wasm !== "string");
      fn(() => new BareCell(wasm));
    },
  });
}

/** What a function makes of a value, and of others around it. */
function made(cell: BareCell, name: string, v: unknown): unknown {
  const { code, bytes } = cell.call(name, encode({ a: [v], v, z: v }, WIDE));
  assertEquals(code, 0);
  return decode(bytes, WIDE);
}

test("pulp.h reads and writes text, bytes and integers as they are", (cell) => {
  const one = cell();
  const text = fc.string({ unit: "grapheme", maxLength: 400 });
  fc.assert(fc.property(text, (v) => {
    assertEquals(made(one, "text", v), v);
    assertEquals(made(one, "bytes", v), utf8.encode(v));
  }));
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70_000 }), (v) => {
      assertEquals(made(one, "bytes", v), v);
    }),
    { numRuns: 30 },
  );
  fc.assert(fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (v) => {
    assertEquals(made(one, "int", v), v);
  }));
  fc.assert(fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (v) => {
    assertEquals(made(one, "uint", v), v);
    assertEquals(made(one, "digits", v), String(v));
  }));
});

test("pulp.h reads integers of every width", (cell) => {
  const one = cell();
  const edges = [7, 8, 15, 16, 31, 32, 53].flatMap((bits) =>
    [-1, 0, 1].flatMap((by) => [2 ** bits + by, -(2 ** bits) + by])
  ).filter(Number.isSafeInteger);
  for (const v of [0, 1, -1, -32, -33, 127, 128, ...edges]) {
    // Without bigints the encoder takes the least width that fits.
    const { bytes } = one.call("int", encode({ v }));
    assertEquals(decode(bytes, WIDE), BigInt(v));
  }
});

test("pulp.h reads what is absent, or something else, as nothing", (cell) => {
  const one = cell();
  for (const v of [null, true, 1.5, [1], { v: 1 }]) {
    assertEquals(made(one, "text", v), "");
    assertEquals(made(one, "int", v), 0n);
  }
  assertEquals(decode(one.call("text", encode({})).bytes), "");
  assertEquals(decode(one.call("text", encode(["v", "x"])).bytes), "");
  assertEquals(decode(one.call("text").bytes), "");
  assertEquals(made(one, "list", "no list"), { count: 0n, members: [] });
});

test("pulp.h reads and writes lists of any length", (cell) => {
  const one = cell();
  for (const length of [0, 1, 15, 16, 300, 70_000]) {
    const list = Array.from({ length }, (_, index) => index);
    const members = list.map(BigInt);
    const { bytes } = one.call("list", encode({ v: list }));
    assertEquals(decode(bytes, WIDE), { count: BigInt(length), members });
  }
});

test("pulp.h goes past one whole value of any kind", (cell) => {
  const one = cell();
  fc.assert(fc.property(
    fc.anything({
      withDate: true,
      withTypedArray: false,
      maxDepth: 4,
      key: fc.string(),
      values: [
        fc.boolean(),
        fc.integer(),
        fc.double(),
        fc.string(),
        fc.constant(null),
        fc.uint8Array(),
        fc.maxSafeInteger(),
      ],
    }),
    (value) => {
      const bytes = encode(value);
      const more = new Uint8Array([...bytes, 0xc0, 1, 2]);
      const skipped = decode(one.call("skip", more).bytes);
      assertEquals(skipped, bytes.length);
    },
  ));
});

test("pulp.h leaves neither its bytes nor its memory, whatever comes", (cell) => {
  const one = cell();
  const names = ["text", "bytes", "int", "digits", "list", "skip", "none"];
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.uint8Array({ maxLength: 64 }),
      (name, bytes) => {
        const noise = new Uint8Array([0x81, 0xa1, 0x76, ...bytes]);
        one.call(name, bytes.length % 2 === 0 ? noise : bytes);
      },
    ),
    { numRuns: 2000 },
  );
  // What claims to be long is not gone through.
  for (const head of [0xdd, 0xdf]) {
    const long = new Uint8Array([head, 0xff, 0xff, 0xff, 0xff, 1]);
    const within = new Uint8Array([0x81, 0xa1, 0x76, ...long]);
    for (const name of names) {
      one.call(name, long);
      one.call(name, within);
    }
  }
  // All that was allocated was freed.
  assertEquals(one.memoryBytes, 2 * 65536);
  assertEquals(one.init(encode({ fail: 1 })), {
    code: 1,
    bytes: utf8.encode("told to fail"),
  });
});
