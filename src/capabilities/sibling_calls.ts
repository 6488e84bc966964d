/**
 * `pulp_call`: one cell of a set calls a function of another.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { Slab } from "../abi/short.ts";
import type { Capability, CellContext } from "./capability.ts";
import { shapesOf } from "./contract.ts";
import { readBriefly } from "./guest_memory.ts";

/**
 * The capability `pulp.sibling`, which every cell has; links come from its
 * manifest. With `blocking` the links answer at once, or hold the thread until
 * they can, and a guest that waits for nothing else needs no suspension.
 */
export function siblingCalls(blocking = false): Capability {
  return {
    name: "pulp.sibling",
    stubs: blocking ? { pulp_call: { params: [8] } } : shapesOf("pulp.sibling"),
    imports: (cell) => ({
      pulp_call: (
        targetPtr = 0,
        targetLen = 0,
        namePtr = 0,
        nameLen = 0,
        argsPtr = 0,
        argsLen = 0,
        ptrOut = 0,
        lenOut = 0,
      ) => {
        if (targetLen === 0 || nameLen === 0) return CODE.empty;
        const { memory } = cell;
        if (
          !memory.holds(targetPtr, targetLen) ||
          !memory.holds(namePtr, nameLen) || !memory.holds(argsPtr, argsLen)
        ) return CODE.range;
        const target = memory.readText(targetPtr, targetLen);
        const name = memory.readText(namePtr, nameLen);
        const args = readBriefly(memory, argsPtr, argsLen, slab);
        if (target === undefined || name === undefined || args === undefined) {
          return refused(cell, target, name, "pulp_call too large");
        }
        if (cell.siblings === undefined) {
          return refused(cell, target, name, "pulp_call target is down");
        }
        const hand = (answer: Uint8Array | number): number =>
          typeof answer === "number"
            ? answer
            : memory.respond(answer, ptrOut, lenOut);
        const answer = cell.siblings.call(target, name, args, cell);
        return answer instanceof Promise ? answer.then(hand) : hand(answer);
      },
    }),
  };
}

const slab = new Slab();

/** Says why a call is not made: first of all that no manifest line allows it. */
function refused(
  { spec: { consumes, dependsOn }, logger }: CellContext,
  target: string | undefined,
  name: string | undefined,
  why: string,
): number {
  const isDeclared = target !== undefined &&
      (dependsOn.includes(target) || consumes.includes(target)) ||
    name !== undefined && consumes.includes(name);
  const message = isDeclared ? why : "pulp_call denied by manifest";
  logger.log("warn", message, { target, provider: name });
  return isDeclared ? CODE.failed : CODE.notAllowed;
}
