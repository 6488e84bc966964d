/**
 * A body of 1 GiB through a cell, as it comes, against a bare Deno proxy; and
 * what the host's memory grows by meanwhile.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { ServedProcess } from "../served_process.ts";
import { type Figure, inTurn } from "./rounds.ts";

const MIB = 1 << 20;
const BODY_BYTES = 1024 * MIB;
const SAMPLE_MS = 50;
/** Each round is 2 GiB: three of them tell enough. */
const MOST_ROUNDS = 3;
const root = fromFileUrl(new URL("../..", import.meta.url));

/** Takes a whole answer; bytes a second. */
async function take(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  const began = performance.now();
  const request =
    `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`;
  await conn.write(new TextEncoder().encode(request));
  const buffer = new Uint8Array(MIB);
  let total = 0;
  for (
    let count = await conn.read(buffer);
    count !== null;
    count = await conn.read(buffer)
  ) total += count;
  if (total < BODY_BYTES) throw new Error(`only ${total} bytes came`);
  return BODY_BYTES / ((performance.now() - began) / 1000);
}

/** Resident memory of a process, in bytes. */
async function rssOf(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "rss=", "-p", `${pid}`],
  }).output();
  return Number(new TextDecoder().decode(stdout)) * 1024;
}

/** Runs something and gives the most that a process's memory grew by. */
async function growthDuring(
  pid: number,
  work: () => Promise<unknown>,
): Promise<number> {
  const before = await rssOf(pid);
  let most = before;
  let isDone = false;
  const watching = (async () => {
    while (!isDone) {
      most = Math.max(most, await rssOf(pid));
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
  })();
  try {
    await work();
  } finally {
    isDone = true;
    await watching;
  }
  return most - before;
}

/** Measures `http_respond_stream` with one cell that has the listener itself. */
export async function benchStreamProxy(rounds: number): Promise<Figure[]> {
  await using dir = new TempDir();
  const script = (name: string): string =>
    fromFileUrl(new URL(name, import.meta.url));
  await using upstream = await ServedProcess.start([
    "--allow-net=127.0.0.1",
    script("body_server.ts"),
    `${BODY_BYTES}`,
  ], root);
  const { host } = new URL(upstream.url);
  const { manifestPath } = await dir.cell(
    "relay",
    await Deno.readFile(`${root}/cells/relay/cell.wasm`),
    `capabilities = ["transport.http.inbound", "transport.http.outbound"]
provides = ["fetch"]
[permissions]
net = ["${host}"]
[config]
url = "${upstream.url}/"`,
  );
  await using ours = await ServedProcess.start([
    `--allow-read=${dir.path}`,
    `--allow-net=127.0.0.1:0,${host}`,
    "main.ts",
    "run",
    manifestPath,
    "--listen=127.0.0.1:0",
  ], root);
  await using bare = await ServedProcess.start([
    "--allow-net=127.0.0.1",
    script("bare_proxy.ts"),
    `${upstream.url}/`,
  ], root);
  const speed = await inTurn(
    Math.min(rounds, MOST_ROUNDS),
    () => take(ours.url, "/stream"),
    () => take(bare.url, "/"),
  );
  const growth = await growthDuring(
    ours.pid,
    () => take(ours.url, "/stream"),
  );
  return [
    {
      name: "1 GiB through http_respond_stream",
      ours: `${(speed.ours / MIB).toFixed(0)} MiB/s`,
      limit: `${(speed.limit / MIB).toFixed(0)} MiB/s bare Deno proxy`,
      ratio: speed.ratio,
      bound: 0.7,
      sense: "at least",
    },
    {
      name: "host memory during it, MiB more",
      ours: `${(growth / MIB).toFixed(1)} MiB`,
      limit: "what it was before",
      ratio: growth / MIB,
      bound: 32,
      sense: "at most",
    },
  ];
}
