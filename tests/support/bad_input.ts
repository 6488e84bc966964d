/**
 * Tables of input that is refused: what each command must say and end with.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inPairs, type Outcome, pulp } from "./pulp.ts";

/** A command that a case is given to. */
export type Verb = "run" | "check" | "call" | "step";

/** One bad input. */
export interface BadInput {
  readonly name: string;
  /** The manifests, as they are named on the command line. */
  readonly manifests: readonly string[];
  /** The exit code of each command that is tried. */
  readonly codes: Readonly<Partial<Record<Verb, number>>>;
  /** What must be said, by every command. */
  readonly says: readonly string[];
  /** What only some commands say. */
  readonly alsoSays?: Readonly<Partial<Record<Verb, readonly string[]>>>;
  /** What may be read besides the folder of the bad ones. */
  readonly reads?: readonly string[];
  /** Arguments before the manifests. */
  readonly options?: readonly string[];
  /** The function that `call` calls; default: `echo`. */
  readonly function?: string;
  /** The argument of `call`; default: none. */
  readonly argument?: string;
}

/** Every command refuses it with the code 2. */
export const REFUSED = { run: 2, check: 2, call: 2, step: 2 } as const;

/** A set of cells is refused with the code 2. */
export const SET_REFUSED = { run: 2, check: 2 } as const;

/** What is found when the cell runs: `check`, which runs nothing, finds no fault. */
export const FAILS = { run: 1, check: 0, call: 1, step: 1 } as const;

/** Gives each input to each of its commands, two processes at a time. */
export async function testBadInputs(
  t: Deno.TestContext,
  readable: string,
  inputs: readonly BadInput[],
): Promise<void> {
  const runs = inputs.flatMap((input) =>
    Object.keys(input.codes).map((verb) => ({ input, verb: verb as Verb }))
  );
  const outcomes = await inPairs(runs, async ({ input, verb }) => {
    const { reads = [] } = input;
    return await pulp(argvOf(input, verb), {
      allow: [`read=${[readable, ...reads].join(",")}`],
    });
  });
  for (const [index, { input, verb }] of runs.entries()) {
    const outcome = outcomes[index];
    assert(outcome !== undefined);
    await t.step(`${verb}: ${input.name}`, () => judge(input, verb, outcome));
  }
}

function argvOf(input: BadInput, verb: Verb): string[] {
  const { manifests, options = [], argument } = input;
  const argv = [verb, ...options, ...manifests];
  if (verb === "run" && !options.some((it) => it.startsWith("--listen"))) {
    argv.push("--listen=127.0.0.1:0");
  }
  if (verb === "call") argv.push(input.function ?? "echo");
  if (verb === "call" && argument !== undefined) argv.push(argument);
  return argv;
}

function judge(input: BadInput, verb: Verb, outcome: Outcome): void {
  const said = outcome.out + outcome.err;
  const wanted = input.codes[verb];
  assertEquals(outcome.code, wanted, `exit code ${outcome.code}:\n${said}`);
  assertClean(outcome);
  if (verb !== "check") assertEquals(outcome.out, "");
  if (wanted === 0) return;
  for (const text of [...input.says, ...input.alsoSays?.[verb] ?? []]) {
    assertStringIncludes(said, text);
  }
}

/** Nothing that a program in good order prints: no stack, no escape, no excuse. */
export function assertClean({ out, err }: Outcome): void {
  const said = out + err;
  assert(!/^\s+at .*:\d+:\d+/m.test(said), `a stack trace:\n${said}`);
  assert(!said.includes("not foreseen"), `an unexpected error:\n${said}`);
  assert(!said.includes("\x1b"), `a terminal escape:\n${said}`);
  assert(!/Deno has panicked|Uncaught/.test(said), `a crash:\n${said}`);
}
