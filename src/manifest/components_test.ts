import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { componentsOf } from "./components.ts";

/** Graphs of up to eight nodes: the targets of each. */
const graphs = fc.array(fc.array(fc.nat(7), { maxLength: 3 }), {
  minLength: 8,
  maxLength: 8,
});

/** What a node reaches, itself included. */
function reached(
  graph: readonly (readonly number[])[],
  from: number,
): Set<number> {
  const found = new Set([from]);
  for (const node of found) for (const to of graph[node] ?? []) found.add(to);
  return found;
}

Deno.test("componentsOf() puts nodes together just where they reach each other, and each behind what it reaches", () => {
  fc.assert(fc.property(graphs, (graph) => {
    const found = [...componentsOf(graph.keys(), (node) => graph[node] ?? [])];
    assertEquals(found.flat().toSorted(), [...graph.keys()]);
    const place = new Map(
      found.flatMap((nodes, at) => nodes.map((node) => [node, at] as const)),
    );
    for (const from of graph.keys()) {
      for (const to of reached(graph, from)) {
        assert(place.get(to)! <= place.get(from)!);
        assertEquals(
          place.get(to) === place.get(from),
          reached(graph, to).has(from),
        );
      }
    }
  }));
});

Deno.test("componentsOf() goes down a long way", () => {
  const length = 100_000;
  const chain = componentsOf(
    [0],
    (node) => node + 1 < length ? [node + 1] : [],
  );
  assertEquals(Array.from(chain).length, length);
  const [circle] = componentsOf([0], (node) => [(node + 1) % length]);
  assertEquals(circle?.length, length);
});
