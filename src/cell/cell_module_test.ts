import {
  assert,
  assertEquals,
  assertLess,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { TempDir } from "../testing/cell_folder.ts";
import type { ModuleImport } from "../wasm/module_info.ts";
import { leb, moduleOf, section, text, vec } from "../wasm/testing/binary.ts";
import { checkImports, openModule } from "./cell_module.ts";
import { WASI_MODULE } from "./import_modules.ts";

/** The most that an error about a module says, whatever its names. */
const MOST_CHARS = 100_000;

/** Imports of functions that take and give nothing. */
function functions(
  count: number,
  module: string,
  nameOf: (index: number) => string,
): ModuleImport[] {
  return Array.from({ length: count }, (_, index) => ({
    module,
    name: nameOf(index),
    kind: "function",
    type: { params: [], results: [] },
  }));
}

function problemsOf(imports: readonly ModuleImport[]): string[] {
  return checkImports({ capabilities: [] }, builtinRegistry(), imports);
}

Deno.test("checkImports() has nothing against what the host knows", () => {
  const known: ModuleImport = {
    module: "pulp",
    name: "log_write",
    kind: "function",
    type: { params: ["i32", "i32", "i32"], results: ["i32"] },
  };
  assertEquals(problemsOf([known]), []);
  assertEquals(problemsOf(Array(10_000).fill(known)), []);
});

Deno.test("checkImports() reports so many imports, and counts the rest", () => {
  const most = LIMITS.moduleProblems;
  const unknown = (count: number): string[] =>
    problemsOf(functions(count, "pulp", (i) => `${i}`.padStart(60, "q")));
  assertEquals(unknown(most).length, most);
  const problems = unknown(LIMITS.moduleExterns);
  assertEquals(problems.length, most + 1);
  assertEquals(problems.at(-1), `and ${LIMITS.moduleExterns - most} more`);
});

Deno.test("checkImports() has near misses for the first imports", () => {
  const problems = problemsOf(
    functions(50, "pulp", (i) => `http_fetsh${"_".repeat(i % 2)}`),
  );
  const near = problems.filter((it) => it.includes("did you mean"));
  assertEquals(near, problems.slice(0, near.length));
  assertStringIncludes(
    near[0] ?? "",
    '(did you mean "http_fetch" of transport.http.outbound?)',
  );
  assertLess(near.length, 20);
});

Deno.test("checkImports() cuts names and types", () => {
  const long = "x".repeat(50_000);
  const type = { params: Array(1_000).fill("i32"), results: [] };
  const problems = problemsOf([
    ...functions(1, long, () => long),
    ...functions(1, "pulp", () => long),
    ...functions(1, "wasi_snapshot_preview1", () => long),
    { module: "pulp", name: "log_write", kind: "function", type },
    { module: long, name: long, kind: "global" },
  ]);
  assertEquals(problems.length, 5);
  for (const problem of problems) assertLess(problem.length, 400);
  assertStringIncludes(problems[0]!, `"${"x".repeat(100)}...`);
  assertStringIncludes(problems[3]!, "the module imports it as (i32, i32, ");
});

Deno.test("openModule() says little about many imports, and about long names", async () => {
  await using dir = new TempDir();
  const modules = [
    functions(LIMITS.moduleExterns, "pulp", (i) => `unknown_${i}`),
    functions(150, "x", (i) => `${i}`.padEnd(20_000, "x")),
    functions(150, `-${"\u{1f600}".repeat(5_000)}`, (i) => `${i}`),
  ];
  for (const [index, imports] of modules.entries()) {
    const spec = await dir.cell(`c${index}`, moduleWith(imports));
    const start = performance.now();
    const { code, message } = await assertRejects(
      () => openModule(spec, builtinRegistry()),
      PulpError,
    );
    assertLess(performance.now() - start, 10_000);
    assertEquals(code, "module");
    assertStringIncludes(message, "no capability provides");
    assertStringIncludes(message, " more");
    assertLess(message.length, MOST_CHARS);
    assert(message.isWellFormed());
  }
});

Deno.test("a name of a module ends neither its quotes nor the line of the error", async () => {
  await using dir = new TempDir();
  const forged = 'x"\r\n  error: forged\x1b[31m';
  const known = {
    kind: "function",
    type: { params: [], results: [] },
  } as const;
  const modules = [
    { ...known, module: forged, name: "f" },
    { ...known, module: "pulp", name: forged },
    { ...known, module: WASI_MODULE, name: forged },
    { kind: "global", module: "env", name: forged },
  ] as const;
  for (const [index, entry] of modules.entries()) {
    const [problem = ""] = problemsOf([entry]);
    const quoted = JSON.stringify(forged).slice(1, -1);
    assertStringIncludes(problem, quoted);
    assertEquals(problem.split("\n").length, 1);
    const spec = await dir.cell(`c${index}`, moduleWith([entry]));
    const { message } = await assertRejects(
      () => openModule(spec, builtinRegistry()),
      PulpError,
    );
    assertStringIncludes(message, quoted);
    assertEquals(message.split("\n").length, 1);
  }
});

/** A module with these imports and nothing else. */
function moduleWith(imports: readonly ModuleImport[]): Uint8Array<ArrayBuffer> {
  const entries = imports.flatMap(({ module, name }) => [
    ...text(module),
    ...text(name),
    0,
    0,
  ]);
  return moduleOf(
    section(1, vec([0x60, 0, 0])),
    section(2, [...leb(imports.length), ...entries]),
  );
}
