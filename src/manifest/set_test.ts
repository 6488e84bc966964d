import {
  assert,
  assertEquals,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { LIMITS } from "../limits.ts";
import { parseManifest } from "./parse.ts";
import { ManifestError } from "./problems.ts";
import { orderSet } from "./set.ts";
import type { CellSpec } from "./spec.ts";

interface Links {
  readonly depends?: readonly string[];
  readonly consumes?: readonly string[];
  readonly provides?: readonly string[];
}

function cell(name: string, links: Links = {}, folder = name): CellSpec {
  const lists = {
    depends_on: links.depends ?? [],
    consumes: links.consumes ?? [],
    provides: links.provides ?? [],
  };
  const text = Object.entries(lists)
    .map(([key, items]) => `${key} = ${JSON.stringify(items)}\n`).join("");
  return parseManifest(
    `name = "${name}"\nversion = "1"\n${text}`,
    `/${folder}/pulp.cell.toml`,
  );
}

function names(specs: readonly CellSpec[]): string {
  return specs.map(({ name }) => name).join(" ");
}

function refused(specs: readonly CellSpec[]): string[] {
  return assertThrows(() => orderSet(specs), ManifestError).message.split("\n");
}

Deno.test("orderSet() keeps the order of cells that don't wait for each other", () => {
  assertEquals(names(orderSet([])), "");
  assertEquals(names(orderSet([cell("b"), cell("a"), cell("c")])), "b a c");
});

Deno.test("orderSet() starts a cell after what it depends on", () => {
  assertEquals(
    names(orderSet([
      cell("web", { depends: ["api"] }),
      cell("api", { depends: ["db"] }),
      cell("log"),
      cell("db"),
    ])),
    "log db api web",
  );
});

Deno.test("orderSet() starts a cell after the cells that it consumes", () => {
  assertEquals(
    names(orderSet([
      cell("a", { consumes: ["greet"] }),
      cell("b", { consumes: ["c"] }),
      cell("c", { provides: ["greet"] }),
    ])),
    "c a b",
  );
});

Deno.test("orderSet() links a consumer to every cell that provides a thing", () => {
  assertEquals(
    names(orderSet([
      cell("user", { consumes: ["greet"] }),
      cell("one", { provides: ["greet"] }),
      cell("two", { provides: ["greet"] }),
    ])),
    "one two user",
  );
});

Deno.test("orderSet() lets cells consume each other and themselves", () => {
  assertEquals(
    names(orderSet([
      cell("late", { consumes: ["b"] }),
      cell("a", { consumes: ["b"] }),
      cell("b", { consumes: ["a"] }),
      cell("own", { consumes: ["x"], provides: ["x"] }),
    ])),
    "own a b late",
  );
  assertEquals(
    names(orderSet([
      cell("a", { consumes: ["b"], depends: ["b"] }),
      cell("b", { consumes: ["a"] }),
    ])),
    "b a",
  );
});

Deno.test("orderSet() refuses a name that is taken", () => {
  assertEquals(
    refused([cell("a"), cell("b"), cell("a", {}, "other")]),
    [
      '/other/pulp.cell.toml:1:1: the name "a" is taken by /a/pulp.cell.toml',
    ],
  );
  assertEquals(refused([cell("a"), cell("a")]), [
    "/a/pulp.cell.toml:1:1: the manifest is given twice",
  ]);
  assertEquals(refused([cell("Notes"), cell("notes")]), [
    '/notes/pulp.cell.toml:1:1: the name "notes" differs only in case from "Notes" of /Notes/pulp.cell.toml',
  ]);
});

Deno.test("orderSet() refuses what no cell of the set satisfies", () => {
  const error = assertThrows(
    () =>
      orderSet([
        cell("web", { depends: ["apii", "far"], consumes: ["gret"] }),
        cell("api", { provides: ["greet"] }),
      ]),
    ManifestError,
  );
  assertEquals(error.message.split("\n"), [
    '/web/pulp.cell.toml:3:15: cell "web" depends on "apii", and no cell of the set has that name (did you mean "api"?)',
    '/web/pulp.cell.toml:3:22: cell "web" depends on "far", and no cell of the set has that name',
    '/web/pulp.cell.toml:4:13: cell "web" consumes "gret", which no cell of the set is or provides (did you mean "greet"?)',
  ]);
  assertEquals(error.problems[0]?.hint, 'give the manifest of "apii" too');
});

Deno.test("orderSet() names the members of a circle in order", () => {
  assertEquals(
    refused([
      cell("start", { depends: ["a"] }),
      cell("a", { depends: ["b"] }),
      cell("b", { depends: ["c"] }),
      cell("c", { depends: ["a"] }),
    ]),
    [
      "/a/pulp.cell.toml:3:15: cells depend on each other in a circle: a -> b -> c -> a",
    ],
  );
  assertEquals(refused([cell("a", { depends: ["a"] })]), [
    '/a/pulp.cell.toml:3:15: cell "a" depends on itself',
  ]);
});

Deno.test("orderSet() lists every problem of a set", () => {
  const lines = refused([
    cell("a", { depends: ["a", "none"] }),
    cell("b", { depends: ["c"] }),
    cell("c", { depends: ["b"], consumes: ["nothing"] }),
    cell("a", {}, "other"),
  ]);
  assertEquals(lines.length, 5);
});

Deno.test("orderSet() bounds what links that nothing satisfies make it do and say", () => {
  const many = (prefix: string): string[] =>
    Array.from({ length: 4_000 }, (_, i) => `${prefix}${i.toString(36)}`);
  const hostile = {
    ...cell("a"),
    provides: many("p"),
    consumes: many("qqqq"),
    dependsOn: ["x".repeat(1_000_000), ...many("r")],
  };
  const start = performance.now();
  const error = assertThrows(() => orderSet([hostile]), ManifestError);
  assertLess(performance.now() - start, 5_000);
  assertEquals(error.problems.length, LIMITS.manifestProblems + 1);
  assertEquals(error.problems.at(-1), {
    file: "/a/pulp.cell.toml",
    message: `and ${8_001 - LIMITS.manifestProblems} more`,
  });
  assertLess(error.message.length + (error.hint?.length ?? 0), 30_000);
});

Deno.test("orderSet() has near misses for the first problems", () => {
  const slips = Array.from({ length: 50 }, (_, i) => `greet${i}`);
  const lines = refused([cell("a", { provides: ["greet"], consumes: slips })]);
  const near = lines.filter((line) => line.includes("did you mean"));
  assertEquals(lines.length, 50);
  assertEquals(near, lines.slice(0, near.length));
  assertLess(near.length, 20);
  assertStringIncludes(near[0] ?? "", '(did you mean "greet"?)');
});

Deno.test("orderSet() bounds what circles of depends_on make it say", () => {
  const all = Array.from({ length: 150 }, (_, i) => `c${i}`);
  const clique = all.map((name) => ({
    ...cell(name),
    dependsOn: all.filter((other) => other !== name),
  }));
  const error = assertThrows(() => orderSet(clique), ManifestError);
  assertEquals(error.problems.length, LIMITS.manifestProblems + 1);
  assertLess(error.message.length, 30_000);
});

Deno.test("orderSet() takes long chains and large circles", () => {
  const chain = Array.from(
    { length: 2000 },
    (_, i) => cell(`c${i}`, i === 0 ? {} : { depends: [`c${i - 1}`] }),
  );
  assertEquals(orderSet(chain.toReversed()), chain);
  const circle = chain.slice(0, 200).map((spec, i) => ({
    ...spec,
    dependsOn: [],
    consumes: [`c${(i + 1) % 200}`],
  }));
  assertEquals(orderSet(circle).length, 200);
});

Deno.test("orderSet() takes cells that all consume each other", () => {
  const all = Array.from({ length: 200 }, (_, i) => `c${i}`);
  const clique = all.map((name) => cell(name, { consumes: all }));
  assertEquals(orderSet(clique), clique);
});

/** Sets of up to eight cells with any links, satisfied all of them. */
const sets = fc.array(
  fc.record({
    depends: fc.array(fc.nat(7), { maxLength: 2 }),
    consumes: fc.array(fc.nat(7), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 8 },
).map((links) => {
  const name = (i: number): string => `c${i % links.length}`;
  return links.map((link, i) => ({
    ...cell(name(i)),
    dependsOn: [...new Set(link.depends.map(name))],
    consumes: [...new Set(link.consumes.map(name))],
  }));
});

/** Whether a cell waits for itself through links of the given kinds. */
function waitsForItself(
  specs: readonly CellSpec[],
  name: string,
  kinds: readonly ("dependsOn" | "consumes")[],
): boolean {
  const found = new Set<string>();
  const visit = (from: string): void => {
    const spec = specs.find((spec) => spec.name === from);
    for (const next of kinds.flatMap((kind) => spec?.[kind] ?? [])) {
      if (found.has(next)) continue;
      found.add(next);
      visit(next);
    }
  };
  visit(name);
  return found.has(name);
}

Deno.test("orderSet() refuses just the sets whose depends_on has a circle", () => {
  fc.assert(fc.property(sets, (specs) => {
    const circle = specs.some(({ name }) =>
      waitsForItself(specs, name, ["dependsOn"])
    );
    if (circle) refused(specs);
    else {
      const order = orderSet(specs);
      assertEquals(new Set(order), new Set(specs));
      assertEquals(order.length, specs.length);
    }
  }));
});

Deno.test("orderSet() breaks a consumes link only within a circle", () => {
  fc.assert(fc.property(sets, (specs) => {
    fc.pre(
      !specs.some(({ name }) => waitsForItself(specs, name, ["dependsOn"])),
    );
    const order = orderSet(specs).map(({ name }) => name);
    for (const spec of specs) {
      const at = order.indexOf(spec.name);
      for (const name of spec.dependsOn) assert(order.indexOf(name) < at);
      for (const name of spec.consumes) {
        if (order.indexOf(name) < at || name === spec.name) continue;
        assert(waitsForItself(specs, spec.name, ["dependsOn", "consumes"]));
      }
    }
  }));
});
