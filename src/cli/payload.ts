/**
 * What a command hands to a cell: JSON or bytes, from the command line or
 * from standard input.
 *
 * @module
 */

import { jsonToMessage } from "../abi/json.ts";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CliIo } from "./io.ts";

/** Something to hand over that was checked as far as it was known. */
export interface Payload {
  /** The bytes; reads standard input if they are to come from there. */
  read(): Promise<Uint8Array>;
}

/**
 * An argument that is JSON, or `-` for standard input. JSON on the command
 * line is checked at once; standard input is read only when the cell may run.
 *
 * Throws a `PulpError` (`usage`) for what is not JSON.
 */
export function jsonPayload(argument: string, io: CliIo): Payload {
  if (argument !== "-") {
    const bytes = typedJson(argument);
    return { read: () => Promise.resolve(bytes) };
  }
  return {
    async read(): Promise<Uint8Array> {
      const bytes = await io.stdin.readAll(LIMITS.messageBytes);
      let text: string;
      try {
        text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
      } catch {
        throw new PulpError(
          "usage",
          "Cannot read the JSON: standard input is not UTF-8 text",
          { hint: "--raw hands over bytes as they are" },
        );
      }
      if (text.trim() === "") {
        throw new PulpError(
          "usage",
          "Cannot read the JSON: standard input was empty",
          { hint: 'leave "-" out where nothing is to be handed over' },
        );
      }
      return jsonToMessage(text);
    },
  };
}

/** A shell takes quotes out of JSON and splits it, unless it is quoted itself. */
function typedJson(argument: string): Uint8Array<ArrayBuffer> {
  try {
    return jsonToMessage(argument);
  } catch (error) {
    if (!(error instanceof PulpError) || error.hint !== undefined) throw error;
    throw new PulpError(error.code, error.message, {
      cause: error,
      hint: "JSON stands in single quotes; - reads it from standard input",
    });
  }
}

/** An argument whose bytes are handed over as they are, or `-` for standard input. */
export function rawPayload(argument: string, io: CliIo): Payload {
  return {
    read: () =>
      argument === "-"
        ? io.stdin.readAll(LIMITS.messageBytes)
        : Promise.resolve(new TextEncoder().encode(argument)),
  };
}
