/**
 * HTTP through a cell against a bare `Deno.serve` that answers the same bytes.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { MsgpackWriter } from "../../src/abi/writer.ts";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { cellWat, wat } from "../../src/testing/wat.ts";
import { ServedProcess } from "../served_process.ts";
import { type Figure, inTurn } from "./rounds.ts";

const CONNECTIONS = 32;
const MEASURE_MS = 1500;
const root = fromFileUrl(new URL("../..", import.meta.url));

/** Where the id of `http.request` stands in the envelope: nothing before it varies. */
const ID_AT = 20 + 1 + 5 + 13 + 8 + 1 + 3 + 1;

function dataText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`)
    .join("");
}

/** A cell that answers `GET path` with `hello` and does nothing else. */
async function echoCell(path = "/echo"): Promise<Uint8Array> {
  const register = new MsgpackWriter().map(2).str("method").str("GET").str(
    "path",
  ).str(path).finish();
  const answer = new MsgpackWriter().map(4).str("id").u64(0).str("status").u32(
    200,
  )
    .str("headers").map(1).str("Content-Type").str("text/plain").str("body")
    .bin(new TextEncoder().encode("hello"))
    .finish();
  return await wat(cellWat({
    imports:
      `(import "pulp" "http_register" (func $register (param i32 i32) (result i32)))
      (import "pulp" "http_respond" (func $respond (param i32 i32) (result i32)))`,
    without: ["pulp_alloc", "pulp_init", "pulp_step"],
    functions: `
      (data (i32.const 64) "${dataText(register)}") (data (i32.const 256) "${
      dataText(answer)
    }")
      (func (export "pulp_alloc") (param i32) (result i32) (i32.const 1024))
      (func (export "pulp_init") (param i32 i32) (result i32) (call $register (i32.const 64) (i32.const ${register.length})))
      (func (export "pulp_step") (param $p i32) (param $n i32) (result i32)
        (if (i32.eq (local.get $n) (i32.const 20)) (then (return (i32.const 0))))
        (i64.store (i32.const ${
      256 + 5
    }) (i64.load (i32.add (local.get $p) (i32.const ${ID_AT}))))
        (call $respond (i32.const 256) (i32.const ${answer.length})))`,
  }));
}

/** Requests a second that a server answers. */
export async function loadOf(url: string, path: string): Promise<number> {
  const address = new URL(url).host;
  const script = fromFileUrl(new URL("load_client.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      `--allow-net=${address}`,
      script,
      address,
      path,
      `${CONNECTIONS}`,
      `${MEASURE_MS}`,
    ],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

/** Measures requests a second with 32 connections: one cell alone, and one of two on one listener. */
export async function benchHttpEcho(rounds: number): Promise<Figure[]> {
  await using dir = new TempDir();
  const manifest = `capabilities = ["transport.http.inbound"]`;
  const one = await dir.cell("echo", await echoCell(), manifest);
  const other = await dir.cell("other", await echoCell("/other"), manifest);
  const hosted = (...manifests: string[]): Promise<ServedProcess> =>
    ServedProcess.start(
      [
        `--allow-read=${dir.path}`,
        "--allow-net=127.0.0.1:0",
        "main.ts",
        "run",
        ...manifests,
        "--listen=127.0.0.1:0",
      ],
      root,
      manifests.length,
    );
  await using alone = await hosted(one.manifestPath);
  await using shared = await hosted(one.manifestPath, other.manifestPath);
  const bare = fromFileUrl(new URL("bare_server.ts", import.meta.url));
  await using limit = await ServedProcess.start([
    "--allow-net=127.0.0.1:0",
    bare,
  ], root);
  const against = async (
    ours: ServedProcess,
  ): Promise<Pick<Figure, "ours" | "limit" | "ratio">> => {
    const result = await inTurn(
      rounds,
      () => loadOf(ours.url, "/echo"),
      () => loadOf(limit.url, "/echo"),
    );
    return {
      ours: `${result.ours.toFixed(0)} req/s`,
      limit: `${result.limit.toFixed(0)} req/s bare Deno.serve`,
      ratio: result.ratio,
    };
  };
  return [
    {
      name: "HTTP echo, one cell",
      ...await against(alone),
      bound: 0.4,
      sense: "at least",
    },
    {
      name: "HTTP echo, two cells on one listener",
      ...await against(shared),
      bound: 0.25,
      sense: "at least",
    },
  ];
}
