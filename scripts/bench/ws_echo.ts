/**
 * WebSocket messages through a cell against a bare Deno server that sends
 * them back.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { TempDir } from "../../src/testing/cell_folder.ts";
import { wsEchoCell } from "../../src/testing/ws_echo_cell.ts";
import { ServedProcess } from "../served_process.ts";
import { type Figure, inTurn } from "./rounds.ts";

const CONNECTIONS = 32;
const AT_A_TIME = 4;
const MEASURE_MS = 1500;
const root = fromFileUrl(new URL("../..", import.meta.url));

/** Messages a second that a server sends back. */
async function loadOf(url: string, path: string): Promise<number> {
  const address = new URL(url).host;
  const script = fromFileUrl(new URL("ws_load_client.ts", import.meta.url));
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--no-prompt",
      `--allow-net=${address}`,
      script,
      `ws://${address}${path}`,
      `${CONNECTIONS}`,
      `${AT_A_TIME}`,
      `${MEASURE_MS}`,
    ],
  }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

/** Measures messages a second with 32 connections, four messages at a time on each. */
export async function benchWsEcho(rounds: number): Promise<Figure[]> {
  await using dir = new TempDir();
  const spec = await dir.cell(
    "echo",
    await wsEchoCell(),
    `capabilities = ["transport.ws.inbound"]`,
  );
  const bare = fromFileUrl(new URL("bare_ws_server.ts", import.meta.url));
  await using ours = await ServedProcess.start([
    `--allow-read=${dir.path}`,
    "--allow-net=127.0.0.1:0",
    "main.ts",
    "run",
    spec.manifestPath,
    "--listen=127.0.0.1:0",
  ], root);
  await using limit = await ServedProcess.start([
    "--allow-net=127.0.0.1:0",
    bare,
  ], root);
  const result = await inTurn(
    rounds,
    () => loadOf(ours.url, "/ws"),
    () => loadOf(limit.url, "/ws"),
  );
  return [{
    name: "WebSocket echo, 32 connections",
    ours: `${result.ours.toFixed(0)} msg/s`,
    limit: `${result.limit.toFixed(0)} msg/s bare Deno WebSocket`,
    ratio: result.ratio,
    bound: 0.4,
    sense: "at least",
  }];
}
