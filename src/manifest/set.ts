/**
 * Several manifests that are hosted together.
 *
 * @module
 */

import { checkSpecs } from "../arguments.ts";
import { didYouMean } from "../nearest.ts";
import { ManifestError, type ManifestProblem, problemIn } from "./problems.ts";
import type { CellSpec } from "./spec.ts";

/** The cells that one cell waits for, as indices into the set. */
interface Links {
  /** From `depends_on`: these must have started. */
  readonly hard: ReadonlySet<number>;
  /** From `consumes`, the hard ones included: these had better have started. */
  readonly all: ReadonlySet<number>;
}

/**
 * Checks a set of cells and puts it into the order in which they start.
 *
 * A cell starts after every cell that it depends on, and after the cells that
 * it consumes. Cells that consume each other may: the link is good once both
 * run, so such a circle is opened where `depends_on` and then the order of
 * `specs` allow. Cells that don't wait for each other keep the order of
 * `specs`. What several cells provide, a consumer is linked to all of them:
 * a call names its target.
 *
 * @throws {ManifestError} with every problem of the set: names that occur
 * twice, or differ only in case (their storage folders would be one on some
 * systems), links that no cell satisfies, and circles of `depends_on`
 * @throws {PulpError} `usage` when an argument is no list of manifests
 */
export function orderSet(specs: readonly CellSpec[]): CellSpec[] {
  checkSpecs("order a set", specs);
  const problems: ManifestProblem[] = nameProblems(specs);
  const links = linksOf(specs, problems);
  problems.push(...circleProblems(specs, links));
  if (problems.length > 0) throw new ManifestError(problems);
  return startOrder(links).flatMap((index) => specs[index] ?? []);
}

function nameProblems(specs: readonly CellSpec[]): ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const seen = new Map<string, CellSpec>();
  for (const spec of specs) {
    const folded = spec.name.toLowerCase();
    const first = seen.get(folded);
    if (first === undefined) seen.set(folded, spec);
    else {
      problems.push(
        problemIn(spec, "name", undefined, ...clashOf(spec, first)),
      );
    }
  }
  return problems;
}

function clashOf(spec: CellSpec, first: CellSpec): [string, string] {
  if (spec.manifestPath === first.manifestPath) {
    return ["the manifest is given twice", "give each manifest once"];
  }
  return [
    spec.name === first.name
      ? `the name "${spec.name}" is taken by ${first.manifestPath}`
      : `the name "${spec.name}" differs only in case from "${first.name}" of ${first.manifestPath}`,
    "each cell of a set has a name of its own",
  ];
}

/** Resolves what each cell depends on and consumes; adds what no cell satisfies. */
function linksOf(
  specs: readonly CellSpec[],
  problems: ManifestProblem[],
): readonly Links[] {
  const names = new Map<string, number>();
  const providers = new Map<string, number[]>();
  for (const [index, spec] of specs.entries()) {
    if (!names.has(spec.name)) names.set(spec.name, index);
    for (const offer of new Set([spec.name, ...spec.provides])) {
      const known = providers.get(offer);
      if (known === undefined) providers.set(offer, [index]);
      else known.push(index);
    }
  }
  return specs.map((spec, index) => {
    const hard = new Set<number>();
    for (const name of spec.dependsOn) {
      const target = names.get(name);
      if (target !== undefined) hard.add(target);
      else problems.push(missingCell(spec, name, [...names.keys()]));
    }
    const all = new Set(hard);
    for (const item of spec.consumes) {
      const targets = providers.get(item);
      if (targets === undefined) {
        problems.push(missingProvider(spec, item, [...providers.keys()]));
      }
      for (const target of targets ?? []) if (target !== index) all.add(target);
    }
    return { hard, all };
  });
}

function missingCell(
  spec: CellSpec,
  name: string,
  known: readonly string[],
): ManifestProblem {
  return problemIn(
    spec,
    "depends_on",
    name,
    `cell "${spec.name}" depends on "${name}", and no cell of the set has that name${
      didYouMean(name, known)
    }`,
    `give the manifest of "${name}" too`,
  );
}

function missingProvider(
  spec: CellSpec,
  item: string,
  known: readonly string[],
): ManifestProblem {
  return problemIn(
    spec,
    "consumes",
    item,
    `cell "${spec.name}" consumes "${item}", which no cell of the set is or provides${
      didYouMean(item, known)
    }`,
    `give the manifest of a cell that provides "${item}" too`,
  );
}

/** A problem for each circle of `depends_on`, with its members in order. */
function circleProblems(
  specs: readonly CellSpec[],
  links: readonly Links[],
): ManifestProblem[] {
  const problems: ManifestProblem[] = [];
  const done = new Set<number>();
  for (const start of specs.keys()) {
    // The way down from `start`, with what is left to visit of each member.
    const way: { index: number; rest: Iterator<number> }[] = [];
    const enter = (index: number): void => {
      done.add(index);
      way.push({ index, rest: (links[index]?.hard ?? []).values() });
    };
    if (!done.has(start)) enter(start);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const next = top.rest.next();
      if (next.done) way.pop();
      else {
        const from = way.findIndex(({ index }) => index === next.value);
        if (from >= 0) {
          const members = way.slice(from).map(({ index }) => index);
          problems.push(circleProblem(specs, members));
        } else if (!done.has(next.value)) enter(next.value);
      }
    }
  }
  return problems;
}

function circleProblem(
  specs: readonly CellSpec[],
  members: readonly number[],
): ManifestProblem {
  const cells = members.flatMap((index) => specs[index] ?? []);
  const [first, second = first] = cells;
  if (first === undefined || second === undefined) {
    throw new RangeError("a circle has members");
  }
  if (first === second) {
    return problemIn(
      first,
      "depends_on",
      first.name,
      `cell "${first.name}" depends on itself`,
    );
  }
  const names = [...cells, first].map(({ name }) => name);
  return problemIn(
    first,
    "depends_on",
    second.name,
    `cells depend on each other in a circle: ${names.join(" -> ")}`,
  );
}

/** Indices in start order. There must be no circle of hard links. */
function startOrder(links: readonly Links[]): number[] {
  const order: number[] = [];
  const placed = new Set<number>();
  const waiting = new Set(links.keys());
  while (waiting.size > 0) {
    const ready = firstReady(links, waiting, placed) ??
      firstOfCircle(links, waiting, placed);
    order.push(ready);
    placed.add(ready);
    waiting.delete(ready);
  }
  return order;
}

function firstReady(
  links: readonly Links[],
  waiting: ReadonlySet<number>,
  placed: ReadonlySet<number>,
): number | undefined {
  for (const index of waiting) {
    if (links[index]?.all.isSubsetOf(placed)) return index;
  }
  return undefined;
}

/**
 * Everything waits in or behind circles of `consumes`. The first cell that
 * waits for nothing outside of its own circle, and has what it depends on.
 */
function firstOfCircle(
  links: readonly Links[],
  waiting: ReadonlySet<number>,
  placed: ReadonlySet<number>,
): number {
  const reach = new Map<number, ReadonlySet<number>>();
  for (const index of waiting) {
    reach.set(index, reachable(links, index, placed));
  }
  for (const [index, targets] of reach) {
    if (!links[index]?.hard.isSubsetOf(placed)) continue;
    if ([...targets].every((other) => reach.get(other)?.has(index))) {
      return index;
    }
  }
  throw new RangeError("a circle of depends_on has no first cell");
}

/** What a cell waits for, also through others, and isn't placed. */
function reachable(
  links: readonly Links[],
  start: number,
  placed: ReadonlySet<number>,
): ReadonlySet<number> {
  const found = new Set<number>();
  const stack = [start];
  for (let index = stack.pop(); index !== undefined; index = stack.pop()) {
    for (const next of links[index]?.all ?? []) {
      if (placed.has(next) || found.has(next)) continue;
      found.add(next);
      stack.push(next);
    }
  }
  return found;
}
