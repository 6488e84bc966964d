/**
 * Which nodes of a graph reach each other.
 *
 * @module
 */

/** A node on the way down, and what is left to visit of it. */
interface Visit {
  readonly node: number;
  readonly number: number;
  readonly rest: Iterator<number>;
  /** The least number of a node, still without a component, that it reaches. */
  low: number;
}

/**
 * The strongly connected components of a graph, each before those that reach
 * it. Linear in nodes and edges, and no deeper on the stack for a long way
 * (Tarjan 1972, https://doi.org/10.1137/0201010).
 */
export function* componentsOf(
  nodes: Iterable<number>,
  edgesOf: (node: number) => Iterable<number>,
): Generator<readonly number[]> {
  const numbers = new Map<number, number>();
  // Visited, and without a component.
  const open: number[] = [];
  const isOpen = new Set<number>();
  const way: Visit[] = [];
  const enter = (node: number): void => {
    const number = numbers.size;
    numbers.set(node, number);
    open.push(node);
    isOpen.add(node);
    const rest = Iterator.from(edgesOf(node));
    way.push({ node, number, rest, low: number });
  };
  for (const start of nodes) {
    if (!numbers.has(start)) enter(start);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const { value: next, done } = top.rest.next();
      if (!done) {
        if (!numbers.has(next)) enter(next);
        else if (isOpen.has(next)) {
          top.low = Math.min(top.low, numbers.get(next) ?? top.low);
        }
        continue;
      }
      way.pop();
      const above = way.at(-1);
      if (above !== undefined) above.low = Math.min(above.low, top.low);
      if (top.low < top.number) continue;
      const component = open.splice(open.lastIndexOf(top.node));
      for (const node of component) isOpen.delete(node);
      yield component;
    }
  }
}
