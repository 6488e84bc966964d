/**
 * The doctor as its users start it: with nothing, with exactly what it asks
 * for, with everything, and as somebody who may do little.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { pulp, ROOT, runProcess } from "./support/pulp.ts";
import { nobody, ordinaryUserSkip } from "./support/ordinary_user.ts";

/** The part of the findings that these tests look at. */
interface Findings {
  readonly ok: boolean;
  readonly exitCode: number;
  readonly held: number;
  readonly notHeld: number;
  readonly notTried: number;
  readonly missing: readonly string[];
  readonly command: string | null;
  readonly checks: readonly {
    readonly id: string;
    readonly outcome: string;
    readonly seen: string;
    readonly missing: readonly string[];
    readonly ms: number;
  }[];
}

const KEYS = [
  "ok",
  "exitCode",
  "version",
  "deno",
  "v8",
  "os",
  "arch",
  "held",
  "notHeld",
  "notTried",
  "missing",
  "command",
  "checks",
];

const CHECK_KEYS = [
  "id",
  "promise",
  "tried",
  "outcome",
  "seen",
  "missing",
  "ms",
];

/** What needs no permission; scripts may rely on the names. */
const WITHOUT_PERMISSION = [
  "deadline.loop",
  "deadline.recursion",
  "recursion.deep",
  "deadline.after_host_call",
  "deadline.host_call",
  "deadline.sleep",
  "memory.own",
  "memory.imported",
  "memory.table",
  "log.flood",
  "keys.undeclared",
  "egress.literal",
  "egress.name",
];

function parsed(out: string): Findings {
  const findings = JSON.parse(out) as Findings;
  assertEquals(Object.keys(findings), KEYS);
  for (const check of findings.checks) {
    assertEquals(Object.keys(check), CHECK_KEYS);
  }
  return findings;
}

function assertGreen(out: string, code: number): void {
  const findings = parsed(out);
  const rest = findings.checks.filter(({ outcome }) => outcome !== "held");
  assertEquals(rest, []);
  assertEquals(code, 0);
  assertEquals([findings.ok, findings.exitCode], [true, 0]);
  assertEquals([findings.missing, findings.command], [[], null]);
  assertEquals(findings.held, findings.checks.length);
}

/** The doctor without any permission: the command line that it prints. */
async function asked(): Promise<string> {
  const { code, out, err } = await pulp(["doctor", "--json"]);
  assertEquals([code, err], [3, ""]);
  const { checks, command, missing, exitCode } = parsed(out);
  assertEquals(exitCode, 3);
  assertEquals(
    checks.filter(({ outcome }) => outcome === "held").map(({ id }) => id),
    WITHOUT_PERMISSION,
  );
  const rest = checks.filter(({ outcome }) => outcome !== "held");
  assert(
    rest.every(({ outcome, missing, ms }) =>
      outcome === "not tried" && missing.length > 0 && ms === 0
    ),
  );
  assert(command !== null);
  for (const flag of missing) assertStringIncludes(command, flag);
  return command;
}

Deno.test("doctor tries what needs no permission, and names the command line for the rest, with which all holds", async () => {
  const command = await asked();
  const script = `deno() { "$0" "$@"; }; ${command}`;
  const { code, out, err } = await runProcess("bash", [
    "-c",
    script,
    Deno.execPath(),
  ]);
  assertEquals(err, "");
  assertGreen(out, code);
});

Deno.test("doctor holds where Deno allows everything: the host's own walls stand", async () => {
  const { code, out } = await pulp(["doctor", "--json"], {
    allow: ["read", "write", "net", "env", "run"],
  });
  assertGreen(out, code);
});

Deno.test({
  name: `doctor holds for an ordinary user${ordinaryUserSkip.reason}`,
  ignore: ordinaryUserSkip.isSkipped,
  fn: async () => {
    await using user = await nobody(ROOT);
    const { code, out } = await user.run(await asked());
    assertGreen(out, code);
  },
});

Deno.test("doctor prints a line for each promise, and how it was tried", async () => {
  const { code, out, err } = await pulp(["doctor"]);
  assertEquals([code, err], [3, ""]);
  const lines = out.split("\n");
  const rows = lines.filter((line) =>
    /^(held|not tried) +(\d+ ms|-) {3}\S/.test(line)
  );
  assert(rows.length > WITHOUT_PERMISSION.length);
  assertEquals(
    rows.filter((line) => line.startsWith("held")).length,
    WITHOUT_PERMISSION.length,
  );
  assertStringIncludes(out, "Deno was not given --allow-net=127.0.0.1\n");
  assertStringIncludes(out, `\n${WITHOUT_PERMISSION.length} held, `);
  assertStringIncludes(out, "\n  deno run --no-prompt --allow-read=");
  assert(!out.includes("\x1b"));
});

Deno.test("doctor says why it can't use a folder, and that is no success", async () => {
  const { code, out } = await pulp(
    ["doctor", "--json", "--scratch", "/proc/nowhere"],
    {
      allow: [
        "read=/proc/nowhere,src",
        "write=/proc/nowhere",
        "net=127.0.0.1",
        "env=PULP_DOCTOR",
        "run=ln",
      ],
    },
  );
  const { checks, command } = parsed(out);
  assertEquals([code, command], [1, null]);
  const links = checks.find(({ id }) => id === "paths.sqlite.folder_link");
  assertEquals(links?.outcome, "not tried");
  assertStringIncludes(links?.seen ?? "", "no folder can be made in /proc");
});
