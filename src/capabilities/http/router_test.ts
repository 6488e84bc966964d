import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { RouteTable } from "./router.ts";

function table(...patterns: string[]): RouteTable<string> {
  const routes = new RouteTable<string>(1024);
  for (const pattern of patterns) {
    assertEquals(routes.add("cell", "GET", pattern, pattern), "added");
  }
  return routes;
}

function match(
  routes: RouteTable<string>,
  path: string,
): [string, Record<string, string>] | undefined {
  const found = routes.match("GET", path);
  return found && [found.target, Object.fromEntries(found.params)];
}

Deno.test("a literal pattern matches its path alone", () => {
  const routes = table("/", "/notes", "/notes/");
  assertEquals(match(routes, "/"), ["/", {}]);
  assertEquals(match(routes, "/notes"), ["/notes", {}]);
  assertEquals(match(routes, "/notes/"), ["/notes/", {}]);
  for (const path of ["/Notes", "/note", "/notes/1", "//", ""]) {
    assertEquals(match(routes, path), path === "" ? ["/", {}] : undefined);
  }
});

Deno.test("`:name` takes one segment, an empty one too, and `*name` the rest", () => {
  const routes = table("/n/:id", "/f/*path");
  assertEquals(match(routes, "/n/7"), ["/n/:id", { id: "7" }]);
  assertEquals(match(routes, "/n/"), ["/n/:id", { id: "" }]);
  assertEquals(match(routes, "/n"), undefined);
  assertEquals(match(routes, "/n/7/8"), undefined);
  assertEquals(match(routes, "/f/a/b/"), ["/f/*path", { path: "a/b/" }]);
  assertEquals(match(routes, "/f/"), ["/f/*path", { path: "" }]);
  assertEquals(match(routes, "/f"), ["/f/*path", { path: "" }]);
});

Deno.test("the most specific route wins, in whatever order they were registered", () => {
  const patterns = [
    "/*all",
    "/:a",
    "/notes",
    "/notes/:id",
    "/notes/new",
    "/notes/*rest",
    "/notes/:id/edit",
    "/:a/new/x",
  ];
  const expected: [string, string][] = [
    ["/notes", "/notes"],
    ["/other", "/:a"],
    ["/notes/new", "/notes/new"],
    ["/notes/7", "/notes/:id"],
    ["/notes/7/edit", "/notes/:id/edit"],
    ["/notes/7/gone", "/notes/*rest"],
    ["/notes/new/x", "/notes/*rest"],
    ["/other/new/x", "/:a/new/x"],
    ["/other/new/y", "/*all"],
  ];
  fc.assert(
    fc.property(
      fc.shuffledSubarray(patterns, { minLength: patterns.length }),
      (shuffled) => {
        const routes = table(...shuffled);
        for (const [path, pattern] of expected) {
          assertEquals(match(routes, path)?.[0], pattern, path);
        }
      },
    ),
  );
});

Deno.test("a dead end leaves no values behind", () => {
  const routes = table("/:a/:b/x", "/*rest");
  assertEquals(match(routes, "/1/2/y"), ["/*rest", { rest: "1/2/y" }]);
});

Deno.test("methods are apart", () => {
  const routes = new RouteTable<string>(9);
  routes.add("cell", "POST", "/x", "post");
  assertEquals(routes.match("GET", "/x"), undefined);
  assertEquals(routes.match("POST", "/x")?.target, "post");
});

Deno.test("a route of another owner is taken, whatever its parameters are called", () => {
  const routes = new RouteTable<string>(9);
  assertEquals(routes.add("a", "GET", "/n/:id", "a"), "added");
  assertEquals(routes.add("a", "GET", "/n/:key", "a2"), "added");
  assertEquals(routes.count("a"), 1);
  assertEquals(routes.add("b", "GET", "/n/:x", "b"), "taken");
  assertEquals(routes.add("b", "POST", "/n/:x", "b"), "added");
  assertEquals(routes.add("b", "GET", "/n/*x", "b"), "added");
  assertEquals(routes.match("GET", "/n/1")?.target, "a2");
  assertEquals([...routes.match("GET", "/n/1")!.params.keys()], ["key"]);
});

Deno.test("an owner has only as many routes as it may have", () => {
  const routes = new RouteTable<string>(2);
  assertEquals(routes.add("a", "GET", "/1", ""), "added");
  assertEquals(routes.add("a", "GET", "/2", ""), "added");
  assertEquals(routes.add("a", "GET", "/3", ""), "full");
  assertEquals(routes.add("a", "GET", "/2", ""), "added");
  assertEquals(routes.add("b", "GET", "/3", ""), "added");
});

Deno.test("routes that are refused leave nothing behind", () => {
  const routes = new RouteTable<number>(1);
  routes.add("a", "GET", "/", 1);
  const long = "/x".repeat(500);
  const before = Deno.memoryUsage().heapUsed;
  for (let i = 0; i < 4000; i++) {
    assertEquals(routes.add("a", `M${i}`, `/${i}${long}`, 1), "full");
  }
  // A node for each segment would take 400 MiB.
  const grown = Deno.memoryUsage().heapUsed - before;
  assert(grown < 200 << 20, `the heap grew by ${grown}`);
});

Deno.test("remove() drops what is gone and nothing else", () => {
  const routes = new RouteTable<string>(9);
  routes.add("a", "GET", "/old", "old");
  routes.add("a", "GET", "/old/:x", "old");
  routes.add("a", "GET", "/new", "new");
  routes.add("b", "GET", "/b", "old");
  routes.remove("a", (target) => target === "old");
  assertEquals(match(routes, "/old"), undefined);
  assertEquals(match(routes, "/old/1"), undefined);
  assertEquals(match(routes, "/new")?.[0], "new");
  assertEquals(match(routes, "/b")?.[0], "old");
  assertEquals(routes.count("a"), 1);
  assertEquals(routes.add("b", "GET", "/old", "b"), "added");
});

Deno.test("match() finds what a search through all routes finds", () => {
  const segment = fc.constantFrom("a", "b", ":x", ":y", "*z", "");
  const pattern = fc.array(segment, { minLength: 1, maxLength: 4 })
    .map((segments) => `/${segments.join("/")}`);
  const path = fc.array(fc.constantFrom("a", "b", "c", ""), {
    minLength: 1,
    maxLength: 5,
  }).map((segments) => `/${segments.join("/")}`);
  fc.assert(
    fc.property(
      fc.array(pattern, { maxLength: 12 }),
      fc.array(path, { maxLength: 12 }),
      (patterns, paths) => {
        const routes = table(...patterns);
        for (const path of paths) {
          const best = patterns.map((pattern) => ({
            pattern,
            rank: rank(pattern, path),
          })).filter(({ rank }) => rank !== undefined)
            .sort((a, b) => (a.rank! < b.rank! ? 1 : -1))[0];
          const found = routes.match("GET", path);
          assertEquals(
            found && rank(found.target, path),
            best?.rank,
            `${path} in ${patterns}`,
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});

/** A text that sorts like the specificity of a pattern that matches the path. */
function rank(pattern: string, path: string): string | undefined {
  const wanted = pattern.slice(1).split("/");
  const given = path.slice(1).split("/");
  let rank = "";
  for (const [i, segment] of wanted.entries()) {
    if (segment.startsWith("*")) return `${rank}0`;
    if (i >= given.length) return undefined;
    if (segment.startsWith(":")) rank += "1";
    else if (segment === given[i]) rank += "2";
    else return undefined;
  }
  return given.length === wanted.length ? `${rank}3` : undefined;
}
