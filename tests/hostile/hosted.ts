/**
 * What a hosted hostile cell leaves in the log.
 *
 * @module
 */

import type { Failure, Outcome } from "./hostile_case.ts";

/** A line that has to come: while the host runs, or when it stops. */
export interface ExpectedLine {
  readonly what: string;
  /** What all records of the cell hold. */
  readonly about: string;
  readonly atStop: boolean;
  matches(line: string): boolean;
}

/** The cell that calls one which is attacked in `pulp_on_call`. */
export function prodderOf(name: string): string {
  return `prod_${name}`;
}

/** Whether a hosted cell needs another that calls it. */
export function needsProdder(outcome: Outcome): boolean {
  return "answers" in outcome || "in" in outcome && outcome.in === "call";
}

/** The lines that a case leaves. */
export function expectedLines(
  name: string,
  outcome: Outcome,
  restarts: boolean,
): ExpectedLine[] {
  if ("returns" in outcome) return [attackReturned(name, outcome.returns)];
  if ("answers" in outcome) return [attackReturned(prodderOf(name), 0)];
  if (!("in" in outcome)) return [];
  const lines: ExpectedLine[] = [failureLine(name, outcome)];
  if (outcome.in === "call") lines.push(attackReturned(prodderOf(name), 4));
  if (restarts) {
    lines.push(
      record("cell restarted", name, / restarts=5$/),
      record("cell stays down", name, / reason="5 restarts in 30 s"$/),
    );
  }
  return lines;
}

/** Whether a line says that the instance of a cell ended. */
export function isEnd(line: string, name: string): boolean {
  return line.includes(` msg="cell ended" cell=${name} `) ||
    line.includes(` msg="step failed" cell=${name} `);
}

function failureLine(name: string, failure: Failure): ExpectedLine {
  const words = failure.says ?? WORDS[failure.code] ?? / err=/;
  const isFinal = FINAL.has(failure.code);
  switch (failure.in) {
    case "step":
    case "attack":
      return isFinal
        ? ended(name, failure.code, words)
        : record("step failed", name, words);
    case "call":
      return isFinal
        ? ended(name, failure.code, words)
        : targetFailed(name, words);
    case "load":
    case "init":
      // `init failed` is for guests that say no.
      return record(
        failure.code === "init" ? "init failed" : "load failed",
        name,
        words,
      );
    case "probe":
    case "shutdown":
      return { ...record("shutdown failed", name, words), atStop: true };
  }
}

const FINAL: ReadonlySet<string> = new Set(["deadline", "trap", "exit"]);
const WORDS: Readonly<Record<string, RegExp>> = {
  deadline: /call_timeout_ms = \d+/,
  trap: /it trapped in/,
  exit: /it exited with status/,
};

function attackReturned(cell: string, value: number): ExpectedLine {
  const hex = (value >>> 0).toString(16).padStart(8, "0");
  return record(`attack returned ${hex}`, cell, /$/);
}

function ended(cell: string, code: string, words: RegExp): ExpectedLine {
  const line = record("cell ended", cell, words);
  return {
    ...line,
    matches: (text) => text.includes(` code=${code} `) && line.matches(text),
  };
}

function targetFailed(target: string, words: RegExp): ExpectedLine {
  const start = ` msg="pulp_call target failed" caller=${
    prodderOf(target)
  } target=${target} `;
  return {
    what: start,
    about: ` target=${target} `,
    atStop: false,
    matches: (line) => line.includes(start) && words.test(line),
  };
}

function record(message: string, cell: string, words: RegExp): ExpectedLine {
  const start = ` msg="${message}" cell=${cell}`;
  return {
    what: `${start} … ${words}`,
    about: ` cell=${cell} `,
    atStop: false,
    matches: (line) => {
      const at = line.indexOf(start);
      if (at === -1) return false;
      const rest = line.slice(at + start.length);
      return (rest === "" || rest.startsWith(" ")) && words.test(rest);
    },
  };
}
