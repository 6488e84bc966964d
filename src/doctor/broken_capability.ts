/**
 * A capability that is broken on purpose: it does whatever the guest names,
 * with no check of its own. In a cell's worker Deno has to stop it.
 *
 * @module
 */

import type { Capability } from "../capabilities/capability.ts";
import { messageOf } from "../errors.ts";
import { CODE } from "../abi/codes.ts";
import { type Kind, KINDS, reachedBy } from "./forbidden.ts";

/** Its name in a manifest. */
export const BROKEN = "doctor.broken";

/** Makes the capability. It asks Deno for nothing, which makes it a lie. */
export function broken(): Capability {
  return {
    name: BROKEN,
    stubs: { doctor_try: { params: [6], suspending: true } },
    imports: ({ memory }) => ({
      doctor_try: async (
        kindPtr = 0,
        kindLen = 0,
        targetPtr = 0,
        targetLen = 0,
        ptrOut = 0,
        lenOut = 0,
      ) => {
        const kind = memory.readText(kindPtr, kindLen);
        const target = memory.readText(targetPtr, targetLen);
        if (target === undefined || !isKind(kind)) return CODE.failed;
        let answer: string;
        try {
          answer = JSON.stringify(await reachedBy(kind, target));
        } catch (error) {
          answer = JSON.stringify([messageOf(error)]);
        }
        return memory.respond(new TextEncoder().encode(answer), ptrOut, lenOut);
      },
    }),
  };
}

function isKind(text: string | undefined): text is Kind {
  return KINDS.some((kind) => kind === text);
}
