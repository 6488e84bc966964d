import { assertEquals, assertMatch } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { denoArgs, runProcess } from "./support/pulp.ts";

const TELL_TIMERS = fromFileUrl(
  new URL("support/tell_timers.ts", import.meta.url),
);

/** Starts Deno with a look at the timers of what it runs. */
function withTimersTold(args: string[]): ReturnType<typeof runProcess> {
  const [run = "", ...rest] = args;
  return runProcess(Deno.execPath(), [
    run,
    `--preload=${TELL_TIMERS}`,
    ...rest,
  ]);
}

Deno.test("a call of a cell that waits for nothing does not load the timers of Deno", async () => {
  const call = ["call", "cells/hello", "greet", `{"name":"Ada"}`];
  const { code, out, err } = await withTimersTold(
    denoArgs(call, ["read=cells/hello"]),
  );
  assertEquals({ code, out, err }, {
    code: 0,
    out: `{"message":"Hello, Ada!"}\n`,
    err: "",
  });
});

Deno.test("what tells of timers does tell of them", async () => {
  const { err } = await withTimersTold([
    "run",
    "--quiet",
    "data:text/javascript,clearTimeout(undefined)",
  ]);
  assertMatch(err, /^used clearTimeout/);
});
