import { assertEquals, assertStringIncludes } from "@std/assert";
import { PulpError } from "../errors.ts";
import { RefusedError } from "./refused.ts";
import { reportError } from "./report.ts";
import { FakeIo } from "./testing/fake_io.ts";

function report(error: unknown, debug = false): [code: number, text: string] {
  const io = new FakeIo();
  const code = reportError(error, io, { debug });
  return [code, io.err];
}

Deno.test("reportError() prints the message and the hint, each once", () => {
  assertEquals(
    report(new PulpError("manifest", "Cannot x: y", { hint: "do z" })),
    [2, "error: Cannot x: y\nhint: do z\n"],
  );
});

Deno.test("reportError() prints causes that say something new", () => {
  const disk = new Error("disk is full");
  const write = new Error("write failed", { cause: disk });
  assertEquals(
    report(new PulpError("host", "Cannot x: write failed", { cause: write })),
    [1, "error: Cannot x: write failed\ncause: disk is full\n"],
  );
});

Deno.test("reportError() leaves causes that were put into words to debug", () => {
  const error = new PulpError("manifest", "Cannot read x: not there", {
    cause: new Error("os error 2"),
  });
  assertEquals(report(error), [2, "error: Cannot read x: not there\n"]);
  assertStringIncludes(report(error, true)[1], "cause: os error 2\n");
});

Deno.test("reportError() ends with causes that go round", () => {
  const first = new Error("a");
  first.cause = first;
  report(new PulpError("host", "x", { cause: first }));
});

Deno.test("reportError() keeps a guest's text from passing for the host's", () => {
  assertEquals(
    report(new PulpError("init", "Cannot x: no\nhint: rm -rf\x1b[2J\r")),
    [1, "error: Cannot x: no\n  hint: rm -rf\\x1b[2J\n"],
  );
});

Deno.test("reportError() shows the stack of a bug at debug only", () => {
  const [code, text] = report(new TypeError("x is not y"));
  assertEquals(code, 1);
  assertStringIncludes(text, "error: x is not y\nhint: ");
  assertStringIncludes(report(new TypeError("x"), true)[1], "report_test.ts");
});

Deno.test("reportError() takes what Deno denies for a missing permission", () => {
  const [code] = report(new Deno.errors.NotCapable("Requires read access"));
  assertEquals(code, 3);
});

Deno.test("reportError() with json prints one record, and nothing else", () => {
  const io = new FakeIo();
  const cause = new Error("disk is full\nerror: no");
  const code = reportError(
    new PulpError("host", "Cannot x", { cause, hint: "do z" }),
    io,
    { json: true },
  );
  assertEquals(code, 1);
  assertEquals(io.err.indexOf("\n"), io.err.length - 1);
  const { time, ...record } = JSON.parse(io.err);
  assertEquals(new Date(time).toISOString(), time);
  assertEquals(record, {
    level: "ERROR",
    msg: "Cannot x",
    code: "host",
    exit_code: 1,
    causes: ["disk is full\nerror: no"],
    hint: "do z",
  });
});

Deno.test("reportError() with json keeps what to run instead", () => {
  const io = new FakeIo();
  const details = "\nRun it with what it needs:\n\n  deno run x\n";
  reportError(new RefusedError("Cannot start", details), io, { json: true });
  const { code, exit_code, details: shown } = JSON.parse(io.err);
  assertEquals([code, exit_code], ["permission", 3]);
  assertEquals(shown, "Run it with what it needs:\n\n  deno run x");
});
