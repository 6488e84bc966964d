/**
 * The route table: patterns of segments, the most specific one wins.
 *
 * Segments are compared from left to right: where two patterns differ first,
 * the end of a pattern beats literal text, that beats `:name`, and that beats
 * `*name`. The table is a tree of segments, searched in this order.
 *
 * @module
 */

/** Values of `:name` and `*name` segments, in the pattern's order. */
export type RouteParams = ReadonlyMap<string, string>;

/** What a path was matched to. */
export interface RouteMatch<T> {
  readonly target: T;
  readonly params: RouteParams;
}

/**
 * What became of a registration: `taken` by another owner, `full` when the
 * owner has as many routes as it may have.
 */
export type Registration = "added" | "taken" | "full";

interface Route<T> {
  readonly owner: string;
  readonly names: readonly string[];
  target: T;
}

/** One position of the patterns of one method. */
class Node<T> {
  /** Made with the first: most nodes have none. */
  literals: Map<string, Node<T>> | undefined;
  param: Node<T> | undefined;
  /** `*name` here. */
  rest: Route<T> | undefined;
  /** The pattern ends here. */
  end: Route<T> | undefined;
}

const NO_PARAMS: RouteParams = new Map();

/** Routes of several owners over the same paths. */
export class RouteTable<T> {
  readonly #methods = new Map<string, Node<T>>();
  /** Routes without parameters: each is the most specific for its path. */
  readonly #literal = new Map<string, Map<string, Route<T>>>();
  readonly #counts = new Map<string, number>();
  readonly #most: number;

  /** `most`: routes of one owner. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Routes of all owners. */
  get size(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Routes of an owner. */
  count(owner: string): number {
    return this.#counts.get(owner) ?? 0;
  }

  /**
   * Adds a route. `pattern` starts with `/`; behind one `*name` nothing counts.
   * Patterns that differ only in the names of their parameters are one route:
   * its owner may register it again, which replaces names and target.
   */
  add(
    owner: string,
    method: string,
    pattern: string,
    target: T,
  ): Registration {
    const segments = splitPath(pattern);
    const restAt = segments.findIndex((segment) => segment.startsWith("*"));
    if (restAt !== -1) segments.length = restAt + 1;
    const names = segments.filter(isParam).map((segment) => segment.slice(1));
    const known = this.#known(method, segments);
    if (known !== undefined && known.owner !== owner) return "taken";
    if (known === undefined) {
      // Before anything is made for it: a guest may try any number of them.
      if (this.count(owner) >= this.#most) return "full";
      this.#counts.set(owner, this.count(owner) + 1);
    }
    let node = this.#root(method);
    for (const segment of segments) {
      if (segment.startsWith("*")) break;
      if (segment.startsWith(":")) node = node.param ??= new Node();
      else {
        const literals: Map<string, Node<T>> = node.literals ??= new Map();
        const next = literals.get(segment) ?? new Node();
        literals.set(segment, next);
        node = next;
      }
    }
    const route: Route<T> = { owner, names, target };
    node[restAt === -1 ? "end" : "rest"] = route;
    if (names.length === 0) {
      let paths = this.#literal.get(method);
      if (paths === undefined) this.#literal.set(method, paths = new Map());
      paths.set(`/${segments.join("/")}`, route);
    }
    return "added";
  }

  /** Whether this route is there, whatever its parameters are called. */
  has(method: string, pattern: string): boolean {
    return this.#known(method, splitPath(pattern)) !== undefined;
  }

  /** The most specific route for a decoded path, if one matches. */
  match(method: string, path: string): RouteMatch<T> | undefined {
    const literal = this.#literal.get(method)?.get(path);
    if (literal !== undefined) {
      return { target: literal.target, params: NO_PARAMS };
    }
    const root = this.#methods.get(method);
    if (root === undefined) return undefined;
    const values: string[] = [];
    const route = find(root, splitPath(path), 0, values);
    if (route === undefined) return undefined;
    const params = new Map<string, string>();
    for (const [i, name] of route.names.entries()) params.set(name, values[i]!);
    return { target: route.target, params };
  }

  /** Drops the routes of an owner for which `isGone` says so. */
  remove(owner: string, isGone: (target: T) => boolean): void {
    const goes = (route: Route<T> | undefined): boolean =>
      route !== undefined && route.owner === owner && isGone(route.target);
    let gone = 0;
    const prune = (node: Node<T>): void => {
      for (const slot of ["end", "rest"] as const) {
        if (!goes(node[slot])) continue;
        node[slot] = undefined;
        gone++;
      }
      if (node.param !== undefined) {
        prune(node.param);
        if (isEmpty(node.param)) node.param = undefined;
      }
      for (const [segment, child] of node.literals ?? []) {
        prune(child);
        if (isEmpty(child)) node.literals?.delete(segment);
      }
    };
    for (const [method, root] of this.#methods) {
      prune(root);
      if (isEmpty(root)) this.#methods.delete(method);
    }
    for (const [method, paths] of this.#literal) {
      for (const [path, route] of paths) if (goes(route)) paths.delete(path);
      if (paths.size === 0) this.#literal.delete(method);
    }
    this.#counts.set(owner, this.count(owner) - gone);
  }

  /** The route of a pattern, whatever its parameters are called. */
  #known(method: string, segments: readonly string[]): Route<T> | undefined {
    let node = this.#methods.get(method);
    for (const segment of segments) {
      if (segment.startsWith("*")) return node?.rest;
      node = segment.startsWith(":")
        ? node?.param
        : node?.literals?.get(segment);
    }
    return node?.end;
  }

  #root(method: string): Node<T> {
    let root = this.#methods.get(method);
    if (root === undefined) this.#methods.set(method, root = new Node());
    return root;
  }
}

/** Segments of a path, one leading slash aside; a trailing slash is one more, empty. */
function splitPath(path: string): string[] {
  return path.slice(1).split("/");
}

function isParam(segment: string): boolean {
  return segment.startsWith(":") || segment.startsWith("*");
}

/** Visits each node at most once: a path fixes the depth of each. */
function find<T>(
  node: Node<T>,
  segments: readonly string[],
  at: number,
  values: string[],
): Route<T> | undefined {
  if (at === segments.length) {
    // `/f` also matches `/f/*name`, with nothing for the name.
    if (node.end === undefined && node.rest !== undefined) values.push("");
    return node.end ?? node.rest;
  }
  const segment = segments[at]!;
  const literal = node.literals?.get(segment);
  if (literal !== undefined) {
    const found = find(literal, segments, at + 1, values);
    if (found !== undefined) return found;
  }
  if (node.param !== undefined) {
    values.push(segment);
    const found = find(node.param, segments, at + 1, values);
    if (found !== undefined) return found;
    values.pop();
  }
  if (node.rest !== undefined) values.push(segments.slice(at).join("/"));
  return node.rest;
}

function isEmpty<T>(node: Node<T>): boolean {
  return node.end === undefined && node.rest === undefined &&
    node.param === undefined && !node.literals?.size;
}
