import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { getConfig, getLogger } from "@logtape/logtape";
import { parseCommandArgs } from "./args.ts";
import { COMMANDS } from "./commands.ts";
import {
  type LogSettings,
  logSettings,
  openHostLog,
  openPlainLog,
} from "./logging.ts";
import { FakeIo } from "./testing/fake_io.ts";

function settingsOf(io: FakeIo, ...argv: string[]): LogSettings {
  const run = COMMANDS.find((command) => command.name === "run");
  if (run === undefined) throw new Error("no command run");
  return logSettings(parseCommandArgs(run, argv), io);
}

Deno.test("logSettings() is pretty on a terminal only", () => {
  const terminal = new FakeIo({ isTerminal: true });
  assertEquals(settingsOf(terminal).format, "pretty");
  assertEquals(settingsOf(terminal, "--log-format=json").format, "json");
  assertEquals(settingsOf(new FakeIo()), { level: "info", format: "logfmt" });
});

for (
  const [name, open] of [
    ["openPlainLog()", openPlainLog],
    ["openHostLog()", openHostLog],
  ] as const
) {
  Deno.test(`${name} writes at once, in order, from the level on`, async () => {
    const io = new FakeIo();
    using log = await open({ level: "warn", format: "logfmt" }, io);
    log.logger.log("info", "no");
    log.logger.log("warn", "one", { cell: "a" });
    log.logger.log("debug", "no");
    log.logger.log("error", "two");
    const lines = io.err.split("\n");
    assertEquals(lines.length, 3);
    assertMatch(lines[0] ?? "", /^time=\S+Z level=WARN msg=one cell=a$/);
    assertMatch(lines[1] ?? "", /^time=\S+Z level=ERROR msg=two$/);
  });

  Deno.test(`${name} never interprets a message`, async () => {
    const io = new FakeIo();
    using log = await open({ level: "debug", format: "logfmt" }, io);
    for (const text of ["{cell}", "{{x}}", "{", "}", "{*}", "{a", "%s %d"]) {
      log.logger.log("info", text, { cell: "secret", a: 1 });
      assertStringIncludes(io.err, text.includes(" ") ? `"${text}"` : text);
    }
    assertEquals(io.err.split("msg=secret").length, 1);
  });

  Deno.test(`${name} has colours only on a terminal without NO_COLOR`, async () => {
    for (const isTerminal of [true, false]) {
      for (const noColor of [true, false]) {
        const io = new FakeIo({ isTerminal, noColor });
        using log = await open({ level: "info", format: "pretty" }, io);
        log.logger.log("info", "hello");
        assertEquals(io.err.includes("\x1b["), isTerminal && !noColor);
      }
    }
  });
}

Deno.test("openHostLog() takes in what a library logs through LogTape", async () => {
  const io = new FakeIo();
  {
    using _log = await openHostLog({ level: "info", format: "logfmt" }, io);
    getLogger(["my", "library"]).warn("answer {n}", { n: 42 });
  }
  getLogger(["my", "library"]).warn("too late");
  assertMatch(
    io.err,
    /^time=\S+ level=WARN msg="answer 42" logger=my\.library n=42\n$/,
  );
  assertEquals(getConfig(), null);
});
