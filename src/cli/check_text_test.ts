import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { PulpError } from "../errors.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { CellReport, ModuleReport } from "./check_cell.ts";
import { checkText } from "./check_text.ts";
import type { CliIo } from "./io.ts";

/** What `check` prints about one cell with such a module. */
function textOf(
  module: Partial<ModuleReport>,
  errors: readonly unknown[] = [],
): string {
  const cell: CellReport = {
    argument: "x",
    spec: parseManifest('name = "x"\nversion = "1"\n', "/here/pulp.cell.toml"),
    module: { bytes: 8, sha256: "00", exports: [], imports: [], ...module },
    warnings: [],
    errors,
    exitCode: 0,
  };
  const io = { cwd: "/here" } as CliIo;
  return checkText({ cells: [cell], exitCode: 0 }, io, false);
}

Deno.test("checkText() shows what a module exports and imports", () => {
  const text = textOf({
    exports: ["memory", "pulp_init"],
    imports: [
      {
        module: "pulp",
        name: "log_write",
        capability: "log.write",
        state: "bound",
      },
      { module: "env", name: "abort", state: "unknown" },
    ],
  });
  assertStringIncludes(text, "  exports   memory, pulp_init\n");
  assertStringIncludes(
    text,
    "  import          capability  state\n" +
      "  pulp.log_write  log.write   bound\n" +
      "  env.abort       -           unknown\n",
  );
});

Deno.test("checkText() shows some of many names, and the beginning of long ones", () => {
  const long = "x".repeat(90_000);
  const text = textOf({
    exports: [long, ...Array.from({ length: 100_000 }, (_, i) => `f${i}`)],
    imports: [
      { module: long, name: long, state: "unknown" },
      ...Array.from(
        { length: 100_000 },
        (_, i): ModuleReport["imports"][0] => ({
          module: "env",
          name: `i${i}`,
          state: "unknown",
        }),
      ),
    ],
  });
  assertStringIncludes(text, `  exports   ${"x".repeat(80)}..., f0, f1, `);
  assertStringIncludes(text, ", f98, 99901 more\n");
  assertStringIncludes(text, "  and 99801 more; --json has them all\n");
  const lines = text.split("\n");
  assert(lines.every((line) => line.length < 2_000));
  assertEquals(lines.filter((line) => line.includes("env.i")).length, 199);
});

Deno.test("checkText() gives the first line of an error a prefix, and sets the others in", () => {
  const text = textOf({}, [
    new PulpError("module", "first\nerror: forged\n", { hint: "a hint" }),
  ]);
  assertStringIncludes(
    text,
    "\n  error: first\n    error: forged\n  hint: a hint\n",
  );
});
