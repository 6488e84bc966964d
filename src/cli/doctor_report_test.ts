import { assertEquals } from "@std/assert";
import type { CheckResult } from "../doctor/check.ts";
import { doctorJson, doctorText } from "./doctor_report.ts";
import { runCli } from "./run_cli.ts";
import { FakeIo } from "./testing/fake_io.ts";

const RESULTS: readonly CheckResult[] = [
  {
    id: "a.one",
    promise: "One holds",
    tried: "one way",
    outcome: "held",
    seen: "it held",
    missing: [],
    terminal: false,
    ms: 12,
  },
  {
    id: "a.two",
    promise: "Two does not",
    tried: "another way",
    outcome: "not held",
    seen: "it said \x1b[2J",
    missing: [],
    terminal: false,
    ms: 3456,
  },
  {
    id: "a.three",
    promise: "Three is not known",
    tried: "a third way",
    outcome: "not tried",
    seen: "a permission is missing",
    missing: [{ kind: "net", target: "127.0.0.1", reason: "to reach it" }],
    terminal: false,
    ms: 0,
  },
];

const REMEDY = {
  missing: ["--allow-net=127.0.0.1"],
  command: "deno run --allow-net=127.0.0.1 main.ts doctor",
};

Deno.test("doctorText() says for each promise how it was tried, what came of it and how long it took", () => {
  const text = doctorText(RESULTS, REMEDY, new FakeIo());
  assertEquals(
    text.split("\n").slice(2).join("\n"),
    `held         12 ms   One holds
                     one way: it held
NOT HELD   3456 ms   Two does not
                     another way: it said \\x1b[2J
not tried        -   Three is not known
                     a third way: Deno was not given --allow-net=127.0.0.1

1 held, 1 NOT HELD, 1 not tried

Run it with what all of it needs:

  deno run --allow-net=127.0.0.1 main.ts doctor
`,
  );
});

Deno.test("doctorText() is coloured on a terminal only, and not with NO_COLOR", () => {
  const has = (io: FakeIo): boolean =>
    doctorText(RESULTS, undefined, io).includes("\x1b[1;31mNOT HELD");
  assertEquals(has(new FakeIo({ isTerminal: true })), true);
  assertEquals(has(new FakeIo({ isTerminal: true, noColor: true })), false);
  assertEquals(has(new FakeIo()), false);
});

Deno.test("doctorJson() has every key, whatever is missing", () => {
  const io = new FakeIo();
  const json = JSON.parse(doctorJson(RESULTS, 1, REMEDY, io));
  assertEquals(json.checks[2], {
    id: "a.three",
    promise: "Three is not known",
    tried: "a third way",
    outcome: "not tried",
    seen: "a permission is missing",
    missing: ["--allow-net=127.0.0.1"],
    ms: 0,
  });
  assertEquals([json.held, json.notHeld, json.notTried], [1, 1, 1]);
  assertEquals([json.missing, json.command], [REMEDY.missing, REMEDY.command]);
  const well = JSON.parse(doctorJson(RESULTS.slice(0, 1), 0, undefined, io));
  assertEquals(Object.keys(well), Object.keys(json));
  assertEquals([well.ok, well.missing, well.command], [true, [], null]);
});

Deno.test("doctor ends with 130 when it is interrupted", async () => {
  const io: FakeIo = new FakeIo({
    granted: () => {
      io.signal("SIGINT");
      return false;
    },
  });
  assertEquals(await runCli(["doctor"], io), 130);
  // The same signal may be on its way once more, until the process is gone.
  assertEquals([io.out, io.err, io.listeners], ["", "", 1]);
});
