/**
 * One deadline for everything that a cell does.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import { type Check, type Finding, held, notHeld } from "./check.ts";
import { type CellOptions, DEADLINE_MS, type Ground } from "./ground.ts";
import type { HostileName } from "./ground.ts";

/** The latest that an entry point may end: 1.2 of the deadline, or 20 ms more. */
const LATEST_MS = Math.max(DEADLINE_MS * 1.2, DEADLINE_MS + 20);
/** What ends sooner did not get its time. */
const EARLIEST_MS = DEADLINE_MS * 0.8;

/** A machine that is busy may miss it once; what is missed each time is not the machine's. */
const ATTEMPTS = 5;

/** The checks, none of which needs a permission. */
export const DEADLINE_CHECKS: readonly Check[] = [
  {
    id: "deadline.loop",
    promise: "An endless loop ends at the deadline",
    tried: `a loop in pulp_step, deadline ${DEADLINE_MS} ms`,
    needs: () => [],
    run: (ground) => stepEndsInTime(ground, "loops"),
  },
  {
    id: "deadline.recursion",
    promise: "Recursion that never gets deep ends at the deadline",
    tried: "2^31 calls, none deeper than 31",
    needs: () => [],
    run: (ground) => stepEndsInTime(ground, "recurses_wide"),
  },
  {
    id: "recursion.deep",
    promise: "Endless recursion ends the cell, not the host",
    tried: "a function that calls itself",
    needs: () => [],
    run: recursesDeep,
  },
  {
    id: "deadline.after_host_call",
    promise: "A loop after a host call ends at the deadline",
    tried: "pulp_call answers later, then a loop",
    needs: () => [],
    run: (ground) =>
      stepEndsInTime(ground, "loops_after_call", {
        siblings: {
          call: () => new Promise((resolve) => setTimeout(resolve, 10, 0)),
        },
      }),
  },
  {
    id: "deadline.host_call",
    promise: "A host call that hangs ends at the deadline",
    tried: "pulp_call that is never answered",
    needs: () => [],
    run: (ground) =>
      stepEndsInTime(ground, "loops_after_call", {
        siblings: { call: () => new Promise(() => {}) },
      }),
  },
  {
    id: "deadline.sleep",
    promise: "A sleep ends at the deadline",
    tried: "poll_oneoff with 1.5 s to wait",
    needs: () => [],
    run: (ground) => stepEndsInTime(ground, "sleeps"),
  },
];

async function stepEndsInTime(
  ground: Ground,
  name: HostileName,
  options: CellOptions = {},
): Promise<Finding> {
  return await endsInTime(async (begin) => {
    await using cell = await ground.cell(name, {
      timeoutMs: DEADLINE_MS,
      ...options,
    });
    begin();
    return await cell.step();
  });
}

/** Whether an attack is ended by its deadline, and in time. `begin` starts the clock. */
export async function endsInTime(
  attack: (begin: () => void) => Promise<unknown>,
): Promise<Finding> {
  const times: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let start = performance.now();
    const took = (): number => Math.round(performance.now() - start);
    let ended = 0;
    try {
      await attack(() => start = performance.now());
      return notHeld(`it went on to its own end, after ${took()} ms`);
    } catch (error) {
      ended = took();
      if (!(error instanceof PulpError) || error.code !== "deadline") {
        return notHeld(`it ended otherwise: ${messageOf(error)}`);
      }
    }
    times.push(ended);
    if (ended >= EARLIEST_MS && ended <= LATEST_MS) {
      return held(`it ended after ${ended} ms`);
    }
  }
  return notHeld(
    `it ended after ${
      times.join(", ")
    } ms, ${EARLIEST_MS} to ${LATEST_MS} are promised`,
  );
}

async function recursesDeep(ground: Ground): Promise<Finding> {
  await using cell = await ground.cell("recurses_deep");
  const codes: string[] = [];
  for (const _ of ["the recursion", "the instance that is gone"]) {
    try {
      return notHeld(`it returned ${await cell.step()}`);
    } catch (error) {
      if (!(error instanceof PulpError)) {
        return notHeld(`it ended otherwise: ${messageOf(error)}`);
      }
      codes.push(error.code);
    }
  }
  return codes.every((code) => code === "trap")
    ? held("it trapped, and its instance can't be used any more")
    : notHeld(`it ended as ${codes.join(", then ")}`);
}
