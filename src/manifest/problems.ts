/**
 * What is wrong with manifests, all of it at once.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec, Place } from "./spec.ts";

/** One thing that is wrong with a manifest. Lines and columns are from 1. */
export interface ManifestProblem {
  /** Path of the manifest. */
  readonly file: string;
  /** Absent when the problem is that something isn't there. */
  readonly line?: number;
  /** Absent when `line` is. */
  readonly column?: number;
  /** What is wrong, without the place. */
  readonly message: string;
  /** What to do, in one line. */
  readonly hint?: string;
}

/**
 * A manifest, or a set of them, that cannot be hosted. Its code is `manifest`;
 * its message has a line `file:line:column: message` for each problem.
 */
export class ManifestError extends PulpError {
  /**
   * The problems that were found, in the order of the manifests' lines; past
   * a limit the last one says how many more there are.
   */
  readonly problems: readonly ManifestProblem[];

  /** Makes an error of at least one problem. */
  constructor(
    problems: readonly ManifestProblem[],
    options: { readonly cause?: unknown } = {},
  ) {
    const hints = new Set(problems.flatMap(({ hint }) => hint ?? []));
    super("manifest", problems.map(lineOf).join("\n"), {
      ...options,
      ...(hints.size > 0 ? { hint: [...hints].join("; ") } : {}),
    });
    this.name = "ManifestError";
    this.problems = problems;
  }
}

/** A problem as the line `file:line:column: message`, without its hint. */
function lineOf({ file, line, column, message }: ManifestProblem): string {
  return line === undefined
    ? `${file}: ${message}`
    : `${file}:${line}:${column ?? 1}: ${message}`;
}

/**
 * A problem with a key of a parsed manifest, or with one item of its list,
 * placed where the manifest has it. For later stages, which know a spec only.
 */
export function problemIn(
  spec: CellSpec,
  key: string,
  item: string | undefined,
  message: string,
  hint?: string,
): ManifestProblem {
  const place =
    (item === undefined ? undefined : spec.places[`${key}=${item}`]) ??
      spec.places[key];
  return makeProblem(spec.manifestPath, place, message, hint);
}

/** Puts a problem together; what is not known is left out. */
function makeProblem(
  file: string,
  place: Place | undefined,
  message: string,
  hint?: string,
): ManifestProblem {
  return {
    file,
    ...(place === undefined ? {} : { line: place.line, column: place.column }),
    message,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Collects problems, so that one run shows all of them. */
export class ProblemList {
  readonly #problems: ManifestProblem[] = [];
  readonly #file: string;
  #more = 0;

  /** Starts empty. `file` is the manifest's path, as messages show it. */
  constructor(file: string) {
    this.#file = file;
  }

  /** How many problems there are. */
  get size(): number {
    return this.#problems.length + this.#more;
  }

  /** Whether more problems would only be counted. */
  get full(): boolean {
    return this.#problems.length >= LIMITS.manifestProblems;
  }

  /** Takes a problem; past the limit it is only counted. */
  add(place: Place | undefined, message: string, hint?: string): void {
    if (this.full) this.#more++;
    else this.#problems.push(makeProblem(this.#file, place, message, hint));
  }

  /** Throws {@linkcode ManifestError} when there are problems. */
  throwIfAny(cause?: unknown): void {
    if (this.size === 0) return;
    const sorted = this.#problems.toSorted((a, b) =>
      (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0)
    );
    if (this.#more > 0) {
      sorted.push(moreIn(this.#file, this.#more));
    }
    throw new ManifestError(sorted, cause === undefined ? {} : { cause });
  }
}

/** Collects problems of several manifests, in the order in which they are found. */
export class SetProblems {
  readonly #problems: ManifestProblem[] = [];
  #more = 0;
  /** The manifest of the first problem that is only counted. */
  #moreFrom = "";

  /** Takes a problem of a manifest; past the limit it is only counted, and not made. */
  add({ manifestPath }: CellSpec, make: () => ManifestProblem): void {
    if (this.#problems.length < LIMITS.manifestProblems) {
      this.#problems.push(make());
    } else if (this.#more++ === 0) this.#moreFrom = manifestPath;
  }

  /** Throws {@linkcode ManifestError} when there are problems. */
  throwIfAny(): void {
    if (this.#problems.length === 0) return;
    throw new ManifestError([
      ...this.#problems,
      ...this.#more > 0 ? [moreIn(this.#moreFrom, this.#more)] : [],
    ]);
  }
}

function moreIn(file: string, more: number): ManifestProblem {
  return { file, message: `and ${more} more` };
}
