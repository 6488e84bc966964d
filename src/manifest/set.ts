/**
 * Several manifests that are hosted together.
 *
 * @module
 */

import { checkSpecs } from "../arguments.ts";
import { didYouMeanThat, NearMisses } from "../nearest.ts";
import { componentsOf } from "./components.ts";
import { type ManifestProblem, problemIn, SetProblems } from "./problems.ts";
import { quote } from "./quote.ts";
import type { CellSpec } from "./spec.ts";

/** Members of a circle that its problem names. */
const MOST_MEMBERS = 10;

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
 * @throws {ManifestError} with the problems of the set, past a limit their
 * number: names that occur twice, or differ only in case (their storage folders
 * would be one on some systems), links that no cell satisfies, and circles of
 * `depends_on`
 * @throws {PulpError} `usage` when an argument is no list of manifests
 */
export function orderSet(specs: readonly CellSpec[]): CellSpec[] {
  checkSpecs("order a set", specs);
  const problems = new SetProblems();
  checkNames(specs, problems);
  const links = linksOf(specs, problems);
  checkCircles(specs, links, problems);
  problems.throwIfAny();
  return startOrder(links).flatMap((index) => specs[index] ?? []);
}

function checkNames(
  specs: readonly CellSpec[],
  problems: SetProblems,
): void {
  const seen = new Map<string, CellSpec>();
  for (const spec of specs) {
    const folded = spec.name.toLowerCase();
    const first = seen.get(folded);
    if (first === undefined) seen.set(folded, spec);
    else {
      problems.add(
        spec,
        () => problemIn(spec, "name", undefined, ...clashOf(spec, first)),
      );
    }
  }
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
  problems: SetProblems,
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
  const nearCells = new NearMisses([...names.keys()]);
  const nearOffers = new NearMisses([...providers.keys()]);
  return specs.map((spec, index) => {
    const hard = new Set<number>();
    for (const name of spec.dependsOn) {
      const target = names.get(name);
      if (target !== undefined) hard.add(target);
      else {
        problems.add(spec, () => missingCell(spec, name, nearCells.of(name)));
      }
    }
    const all = new Set(hard);
    for (const item of spec.consumes) {
      const targets = providers.get(item);
      if (targets === undefined) {
        problems.add(
          spec,
          () => missingProvider(spec, item, nearOffers.of(item)),
        );
      }
      for (const target of targets ?? []) if (target !== index) all.add(target);
    }
    return { hard, all };
  });
}

function missingCell(
  spec: CellSpec,
  name: string,
  near: string | undefined,
): ManifestProblem {
  return problemIn(
    spec,
    "depends_on",
    name,
    `cell "${spec.name}" depends on ${
      quote(name)
    }, and no cell of the set has that name${didYouMeanThat(near)}`,
    `give the manifest of ${quote(name)} too`,
  );
}

function missingProvider(
  spec: CellSpec,
  item: string,
  near: string | undefined,
): ManifestProblem {
  return problemIn(
    spec,
    "consumes",
    item,
    `cell "${spec.name}" consumes ${
      quote(item)
    }, which no cell of the set is or provides${didYouMeanThat(near)}`,
    `give the manifest of a cell that provides ${quote(item)} too`,
  );
}

/** Adds a problem for each circle of `depends_on`, with its members in order. */
function checkCircles(
  specs: readonly CellSpec[],
  links: readonly Links[],
  problems: SetProblems,
): void {
  const done = new Set<number>();
  for (const start of specs.keys()) {
    // The way down from `start`, with what is left to visit of each member.
    const way: { index: number; rest: Iterator<number> }[] = [];
    const depths = new Map<number, number>();
    const enter = (index: number): void => {
      done.add(index);
      depths.set(index, way.length);
      way.push({ index, rest: (links[index]?.hard ?? []).values() });
    };
    if (!done.has(start)) enter(start);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const next = top.rest.next();
      if (next.done) {
        way.pop();
        depths.delete(top.index);
        continue;
      }
      const from = depths.get(next.value);
      const first = specs[next.value];
      if (from !== undefined && first !== undefined) {
        problems.add(
          first,
          () => circleProblem(specs, way.slice(from).map(({ index }) => index)),
        );
      } else if (!done.has(next.value)) enter(next.value);
    }
  }
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
  const more = cells.length - MOST_MEMBERS;
  const names = [
    ...cells.slice(0, MOST_MEMBERS).map(({ name }) => name),
    ...more > 0 ? [`${more} more`] : [],
    first.name,
  ];
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
 * Everything waits in or behind circles of `consumes`. The first cell, in the
 * circle that the first of all waits for, that has what it depends on.
 */
function firstOfCircle(
  links: readonly Links[],
  waiting: ReadonlySet<number>,
  placed: ReadonlySet<number>,
): number {
  const awaited = (index: number): Iterable<number> =>
    links[index]?.all.difference(placed) ?? [];
  // It waits for nothing outside of itself, and holds no circle of hard links.
  const [circle = []] = componentsOf(waiting, awaited);
  const ready = circle.filter((index) =>
    links[index]?.hard.isSubsetOf(placed) ?? false
  );
  return ready.reduce((first, index) => Math.min(first, index));
}
