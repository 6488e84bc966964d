/**
 * `entropy_read`: random bytes from the system's generator.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { decodeEntropyRequest, encodeEntropyResult } from "../abi/entropy.ts";
import { LIMITS } from "../limits.ts";
import type { Capability } from "./capability.ts";
import { shapesOf } from "./contract.ts";

const GENERATOR_FAILED = 6;

/** The capability `entropy.read`, which every cell has. */
export function entropy(): Capability {
  return {
    name: "entropy.read",
    stubs: shapesOf("entropy.read"),
    imports: ({ memory }) => ({
      entropy_read: (ptr = 0, len = 0, ptrOut = 0, lenOut = 0) => {
        if (len === 0) return CODE.empty;
        const request = memory.read(ptr, len);
        if (request === undefined) return CODE.range;
        let n: number;
        try {
          ({ n } = decodeEntropyRequest(request));
        } catch {
          return CODE.undecodable;
        }
        if (n === 0) return CODE.failed;
        if (n > LIMITS.entropyBytes) return CODE.refused;
        const bytes = new Uint8Array(n);
        try {
          crypto.getRandomValues(bytes);
        } catch {
          return GENERATOR_FAILED;
        }
        return memory.respond(encodeEntropyResult(bytes), ptrOut, lenOut);
      },
    }),
  };
}
