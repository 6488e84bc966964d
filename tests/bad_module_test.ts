import { assert, assertEquals } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { type ManifestFields, writeCell, writeGuest } from "./guests/build.ts";
import {
  type BadInput,
  REFUSED,
  SET_REFUSED,
  testBadInputs,
} from "./support/bad_input.ts";
import { pulp } from "./support/pulp.ts";

/** A module that isn't one, or not a cell. */
interface Wrong {
  readonly name: string;
  readonly wasm: Uint8Array;
  readonly says: readonly string[];
  readonly manifest?: ManifestFields;
}

const encoder = new TextEncoder();

async function wrongFiles(): Promise<Wrong[]> {
  const hello = await Deno.readFile("cells/hello/cell.wasm");
  return [
    {
      name: "empty",
      wasm: new Uint8Array(),
      says: ["the file is empty"],
    },
    {
      name: "truncated",
      wasm: hello.slice(0, hello.length / 2),
      says: ["the code section says ", " are left (byte "],
    },
    {
      name: "only the magic",
      wasm: hello.slice(0, 8),
      says: ["missing required exports: memory, pulp_init"],
    },
    {
      name: "half a header",
      wasm: hello.slice(0, 6),
      says: ["cell.wasm"],
    },
    {
      name: "its last byte missing",
      wasm: hello.slice(0, -1),
      says: ["cell.wasm"],
    },
    {
      name: "a byte too many",
      wasm: new Uint8Array([...hello, 0x0a]),
      says: ["cell.wasm"],
    },
    {
      name: "text",
      wasm: encoder.encode("(module\n  (memory 1))\n"),
      says: ["WebAssembly text"],
    },
    {
      name: "some other text",
      wasm: encoder.encode("<!doctype html>\n<title>404</title>\n"),
      says: ["not a WebAssembly module"],
    },
    {
      name: "a component",
      wasm: new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]),
      says: ["component"],
    },
    {
      name: "a version of the format to come",
      wasm: new Uint8Array([0, 0x61, 0x73, 0x6d, 2, 0, 0, 0]),
      says: ["its version is 02 00 00 00 and only 01 00 00 00 is known"],
    },
    {
      name: "a section that claims 4 GiB",
      wasm: new Uint8Array([...hello.slice(0, 8), 1, 255, 255, 255, 255, 15]),
      says: ["cell.wasm"],
    },
    {
      name: "code that V8 refuses",
      wasm: await wat(cellWat({ functions: "(func (drop (i32.const 0)))" }))
        .then((bytes) => {
          // i32.const 0, drop, end: the drop becomes an add of two values.
          const at = bytes.findLastIndex((byte, index) =>
            byte === 0x1a && bytes[index - 1] === 0 && bytes[index + 1] === 0x0b
          );
          return bytes.with(at, 0x6a);
        }),
      says: ["cell.wasm"],
    },
    {
      name: "a memory of 64-bit addresses",
      wasm: new Uint8Array([
        ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...[5, 3, 1, 4, 1],
        ...[7, 10, 1, 6, ...encoder.encode("memory"), 2, 0],
      ]),
      says: [
        'export "memory" has 64-bit addresses',
        "missing required exports: pulp_init, pulp_step, pulp_shutdown",
      ],
    },
    {
      name: "another checksum",
      wasm: hello,
      manifest: { wasm_sha256: "ab".repeat(32) },
      says: [
        `its sha256 is ${await sha256(hello)}, the manifest says ${
          "ab".repeat(32)
        }`,
        "hint: rebuild the module, or set wasm_sha256",
      ],
    },
    {
      name: "more memory than its manifest allows",
      wasm: await wat(
        cellWat({
          without: ["memory"],
          functions: `(memory (export "memory") 17)`,
        }),
      ),
      manifest: { max_memory_pages: 16 },
      says: ["17", "max_memory_pages", "16"],
    },
  ];
}

/** Guests whose comment says what is wrong with them. */
const WRONG_GUESTS: readonly (readonly [guest: string, says: string[]])[] = [
  ["missing_exports", [
    "missing required exports: memory, pulp_init, pulp_shutdown",
  ]],
  ["provider_without_alloc", ["missing required exports: pulp_alloc"]],
  ["wrong_kind_exports", [
    'export "memory" is a function, not a memory',
    'export "pulp_init" is a global, not a function',
    'export "pulp_step" is a memory, not a function',
    'export "pulp_shutdown" is a table, not a function',
  ]],
  ["wrong_type_exports", [
    'export "pulp_init" has type () -> i32, not (i32, i32) -> i32',
    'export "pulp_step" has type (i64, i32) -> i32, not (i32, i32) -> i32',
    'export "pulp_shutdown" has type () -> (), not () -> i32',
    'export "pulp_alloc" has type (i64) -> i64, not (i32) -> i32',
  ]],
  ["unknown_import", [
    'no capability provides "pulp.teleport"',
    'no capability provides "pulp.http_fetsh" (did you mean "http_fetch" of transport.http.outbound?)',
    'no capability provides "env.abort"',
    'WASI preview 1 has no function "fd_teleport"',
  ]],
  ["wrong_import_kind", ['no capability provides the global "pulp.log_write"']],
  ["wrong_import_type", [
    '"pulp.sqlite_exec" of storage.sqlite takes 4 or 6 i32 and returns i32',
    '"pulp.log_write" of log.write takes 3 i32 and returns i32',
  ]],
];

Deno.test("a module that can't be used ends commands with 2", async (t) => {
  await using dir = new TempDir();
  const inputs: BadInput[] = [];
  for (const { name, wasm, manifest = {}, says } of await wrongFiles()) {
    const cell = name.replaceAll(" ", "-");
    const path = await writeCell(dir.path, { name: cell, wasm, manifest });
    const codes = inputs.length % 4 === 0 ? REFUSED : SET_REFUSED;
    inputs.push({ name, manifests: [path], codes, says });
  }
  for (const [index, [guest, says]] of WRONG_GUESTS.entries()) {
    const written = await writeGuest(dir.path, guest);
    assert("path" in written);
    const { path } = written;
    const codes = index % 4 === 0 ? REFUSED : SET_REFUSED;
    inputs.push({ name: guest, manifests: [path], codes, says });
  }
  const gone = await writeCell(dir.path, {
    name: "gone",
    wasm: new Uint8Array(),
  });
  await Deno.remove(dir.join("gone", "cell.wasm"));
  const folder = await writeCell(dir.path, {
    name: "folder",
    wasm: new Uint8Array(),
  });
  await Deno.remove(dir.join("folder", "cell.wasm"));
  await Deno.mkdir(dir.join("folder", "cell.wasm"));
  inputs.push(
    {
      name: "missing",
      manifests: [gone],
      codes: REFUSED,
      says: [
        `Cannot load "${dir.join("gone", "cell.wasm")}": no such file`,
        "names the module in `wasm`",
      ],
    },
    {
      name: "a folder",
      manifests: [folder],
      codes: SET_REFUSED,
      says: ["it is not a file"],
    },
    {
      name: "one with too much memory beside a good one",
      manifests: [
        "cells/hello",
        dir.join("more-memory-than-its-manifest-allows"),
      ],
      codes: SET_REFUSED,
      says: ["it starts with 17 pages, and max_memory_pages is 16"],
      reads: ["cells/hello"],
    },
    {
      name: "two of them",
      manifests: [gone, folder],
      codes: SET_REFUSED,
      says: ["no such file", "it is not a file"],
    },
  );
  await testBadInputs(t, dir.path, inputs);
});

Deno.test("100 MB of zeros are refused like any other file", async (t) => {
  await using dir = new TempDir();
  const path = await writeCell(dir.path, {
    name: "zeros",
    wasm: new Uint8Array(),
  });
  // A file with a hole: it has the size, and takes no room on the disk.
  await Deno.truncate(dir.join("zeros", "cell.wasm"), 100_000_000);
  const big = await writeCell(dir.path, {
    name: "big",
    wasm: new Uint8Array(),
  });
  await Deno.truncate(dir.join("big", "cell.wasm"), 300_000_000);
  await testBadInputs(t, dir.path, [{
    name: "100 MB of zeros",
    manifests: [path],
    codes: REFUSED,
    says: ["it starts with 00 00 00 00 instead of 00 61 73 6d"],
  }, {
    name: "300 MB of zeros",
    manifests: [big],
    codes: SET_REFUSED,
    says: ["it has 300000000 bytes, the most is 268435456"],
  }]);
});

Deno.test("an import is shown with the capability that provides it, declared or not", async () => {
  await using dir = new TempDir();
  const wasm = await wat(cellWat({
    imports: `
      (import "pulp" "ws_send" (func (param i32 i32) (result i32)))
      (import "pulp" "sqlite_query" (func (param i32 i32 i32 i32 i32 i32) (result i32)))
      (import "pulp" "log_write" (func (param i32 i32 i32) (result i32)))
      (import "pulp" "nothing" (func (param i32) (result i32)))`,
  }));
  const path = await writeCell(dir.path, { name: "imports", wasm });
  const { code, out } = await pulp(["check", "--json", path], {
    allow: [`read=${dir.path}`],
  });
  assertEquals(code, 2);
  const [cell] = JSON.parse(out).cells;
  assertEquals(cell.module.imports, [
    {
      module: "pulp",
      name: "ws_send",
      capability: "transport.ws.inbound",
      state: "stub",
    },
    {
      module: "pulp",
      name: "sqlite_query",
      capability: "storage.sqlite",
      state: "stub",
    },
    {
      module: "pulp",
      name: "log_write",
      capability: "log.write",
      state: "bound",
    },
    { module: "pulp", name: "nothing", capability: null, state: "unknown" },
  ]);
});

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
