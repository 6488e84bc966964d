/**
 * What SSE subscribers cost that only listen.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { RawClient } from "../../src/capabilities/ws/testing/listening_cells.ts";
import { ServedProcess } from "../served_process.ts";
import type { Figure } from "./rounds.ts";

const MOST_MIB = 64;
const AT_A_TIME = 20;
const root = fromFileUrl(new URL("../..", import.meta.url));

/**
 * By how many MiB a process grows with a thousand subscribers. They come on
 * top of a thousand others, which pay for code that is compiled and for heaps
 * that grow.
 */
export async function thousandSubscribers(
  pid: number,
  address: string,
  path: string,
): Promise<number> {
  const clients: RawClient[] = [];
  const subscribe = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += AT_A_TIME) {
      const next = await Promise.all(
        Array.from({ length: AT_A_TIME }, () => RawClient.get(address, path)),
      );
      clients.push(...next);
      for (const client of next) await client.until("\r\n\r\n");
    }
  };
  try {
    await subscribe(1000);
    const before = await residentMib(pid);
    await subscribe(1000);
    return await residentMib(pid) - before;
  } finally {
    for (const client of clients) client[Symbol.dispose]();
  }
}

async function residentMib(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("ps", {
    args: ["-o", "rss=", "-p", `${pid}`],
  }).output();
  return Number(new TextDecoder().decode(stdout)) / 1024;
}

/** Measures the feed of the cell chat. */
export async function benchSseIdle(): Promise<Figure[]> {
  await using ours = await ServedProcess.start([
    "--allow-read=cells/chat",
    "--allow-net=127.0.0.1:0",
    "main.ts",
    "run",
    "cells/chat",
    "--listen=127.0.0.1:0",
  ], root);
  const { host } = new URL(ours.url);
  const grown = await thousandSubscribers(ours.pid, host, "/feed");
  return [{
    name: "1,000 idle SSE subscribers",
    ours: `${grown.toFixed(1)} MiB`,
    limit: `${MOST_MIB} MiB`,
    ratio: grown / MOST_MIB,
    bound: 1,
    sense: "at most",
  }];
}
