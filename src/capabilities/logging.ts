/**
 * `log_write`: a cell's own records in the host's log.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import { LIMITS } from "../limits.ts";
import { LOG_LEVELS } from "../logger.ts";
import type { Capability } from "./capability.ts";
import { shapesOf } from "./contract.ts";

/** The capability `log.write`, which every cell has. */
export function logging(): Capability {
  return {
    name: "log.write",
    stubs: shapesOf("log.write"),
    imports: (cell) => ({
      log_write: (level = 0, ptr = 0, len = 0) => {
        // The text is cut, not refused, but the guest's range is checked whole.
        if (!cell.memory.holds(ptr, len)) return CODE.range;
        const isCut = len >>> 0 > LIMITS.logTextBytes;
        const bytes = cell.memory.read(ptr, isCut ? LIMITS.logTextBytes : len);
        const name = LOG_LEVELS[level];
        if (bytes === undefined) return CODE.range;
        if (name === undefined) return CODE.failed;
        cell.logger.log(name, textOf(bytes, isCut));
        return CODE.ok;
      },
    }),
  };
}

/** A character that a cut went through is left out, not mistaken for malformed UTF-8. */
function textOf(bytes: Uint8Array, isCut: boolean): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(bytes, { stream: isCut });
}
