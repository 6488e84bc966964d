import { assertEquals, assertStringIncludes } from "@std/assert";
import { runCli } from "./run_cli.ts";
import { FakeIo, type FakeProcess } from "./testing/fake_io.ts";

const HERE = { cwd: "/here", mainModule: "file:///here/main.ts" };

async function cli(
  argv: readonly string[],
  process: FakeProcess = {},
): Promise<[number, string, string]> {
  const io = new FakeIo({ ...HERE, ...process });
  const code = await runCli(argv, io);
  return [code, io.out, io.err];
}

Deno.test("ps says which permissions it needs, and the command line that has them", async () => {
  assertEquals(await cli(["ps"]), [
    3,
    "",
    'error: Cannot reach a host at "pulp.ctl": Deno was not given ' +
    "--allow-read=pulp.ctl --allow-write=pulp.ctl --allow-net=unix:/here/pulp.ctl\n" +
    "\nRun it with what it needs, and no more:\n\n" +
    "  deno run --no-prompt --allow-read=pulp.ctl --allow-write=pulp.ctl --allow-net=unix:/here/pulp.ctl main.ts ps\n",
  ]);
});

Deno.test("stop and reload name only what is missing, and ask for all they need", async () => {
  const [code, , err] = await cli(["stop", "--ctl", "/run/x.ctl", "notes"], {
    granted: ({ name }) => name !== "net",
  });
  assertEquals(code, 3);
  assertStringIncludes(
    err,
    'Cannot reach a host at "/run/x.ctl": Deno was not given --allow-net=unix:/run/x.ctl\n',
  );
  assertStringIncludes(
    err,
    "deno run --no-prompt --allow-read=/run/x.ctl --allow-write=/run/x.ctl --allow-net=unix:/run/x.ctl main.ts stop --ctl /run/x.ctl notes\n",
  );
});

Deno.test("a path with a comma, which no list of targets can hold, takes the folder and the whole flag", async () => {
  const [, , err] = await cli(["reload", "--ctl", "a,b.ctl", "notes"]);
  assertStringIncludes(
    err,
    "deno run --no-prompt --allow-read=. --allow-write=. --allow-net main.ts",
  );
});

Deno.test("PULP_CTL_SOCK names the socket, and --ctl wins over it", async () => {
  const env = { PULP_CTL_SOCK: "from/env.ctl" };
  const [, , fromEnv] = await cli(["ps"], { env });
  assertStringIncludes(fromEnv, 'at "from/env.ctl"');
  assertStringIncludes(
    fromEnv,
    "--allow-net=unix:/here/from/env.ctl --allow-env=PULP_CTL_SOCK main.ts ps\n",
  );
  const [, , fromOption] = await cli(["ps", "--ctl", "o.ctl"], { env });
  assertStringIncludes(fromOption, 'at "o.ctl"');
});

Deno.test("an empty PULP_CTL_SOCK leaves no host to ask", async () => {
  assertEquals(await cli(["ps"], { env: { PULP_CTL_SOCK: "" } }), [
    2,
    "",
    "error: Cannot reach a host: PULP_CTL_SOCK is empty, which turns the control socket off\n" +
    "hint: --ctl <path> names the socket\n",
  ]);
});

Deno.test("stop takes one cell or --all", async () => {
  const hint =
    "hint: pulp stop <cell> stops one cell, pulp stop --all the whole host\n";
  assertEquals(await cli(["stop"]), [
    2,
    "",
    `error: Cannot stop: <cell> is missing\n${hint}`,
  ]);
  assertEquals(await cli(["stop", "a", "--all"]), [
    2,
    "",
    `error: Cannot use "a" and "--all" together: it is one or all\n${hint}`,
  ]);
  assertEquals((await cli(["stop", ""]))[0], 2);
  assertEquals((await cli(["stop", "a", "b"]))[0], 2);
  assertEquals((await cli(["reload"]))[0], 2);
  assertEquals((await cli(["reload", ""]))[0], 2);
});

Deno.test("--timeout takes whole seconds", async () => {
  for (const value of ["0", "1.5", "86401", "x"]) {
    assertEquals((await cli(["ps", "--timeout", value]))[0], 2);
  }
});
