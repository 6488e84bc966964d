/**
 * `call` of `hello` as a whole process, against `deno eval 1`.
 *
 * @module
 */

import { fromFileUrl } from "@std/path";
import { type Figure, inTurn } from "./rounds.ts";

const root = fromFileUrl(new URL("../..", import.meta.url));

async function timed(args: string[]): Promise<number> {
  const start = performance.now();
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    stdin: "null",
  }).output();
  const ms = performance.now() - start;
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return ms;
}

/** Measures milliseconds from start to end of the process. */
export async function benchColdCall(rounds: number): Promise<Figure[]> {
  const call = [
    "run",
    "--no-prompt",
    "--allow-read=cells/hello",
    "main.ts",
    "call",
    "cells/hello",
    "greet",
    `{"name":"Ada"}`,
  ];
  await timed(call);
  const result = await inTurn(
    rounds,
    () => timed(call),
    () => timed(["eval", "1"]),
  );
  return [{
    name: "call of hello, cold",
    ours: `${result.ours.toFixed(0)} ms`,
    limit: `${result.limit.toFixed(0)} ms deno eval 1`,
    ratio: result.ratio,
    bound: 4,
    sense: "at most",
  }];
}
