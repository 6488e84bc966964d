/**
 * How an operation of `storage.fs` fails: with a code for the cell, and a
 * reason for the log.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import { messageOf, PulpError } from "../../errors.ts";

/** Code 6 of the functions that take a path. */
const NOT_THERE = 6;

/** What the cell gets as a code, and the log as a reason. */
export class FsFailure extends PulpError {
  /** The code of the contract. */
  readonly result: number;

  /** `result` is the code for the cell. */
  constructor(result: number, message: string, cause?: unknown) {
    super("host", message, cause === undefined ? {} : { cause });
    this.name = "FsFailure";
    this.result = result;
  }
}

/** The operation can't be carried out. Code 4. */
export function failed(message: string, cause?: unknown): FsFailure {
  return new FsFailure(CODE.failed, message, cause);
}

/** The path is one that no operation takes. Code 5. */
export function refused(path: string, reason: string): FsFailure {
  return new FsFailure(CODE.refused, `Cannot use "${path}": ${reason}`);
}

/** Nothing is there. Code 6. */
export function notThere(path: string): FsFailure {
  return new FsFailure(NOT_THERE, `Cannot find "${path}"`);
}

/**
 * What the system or Deno said, as a code: 6 not there, 11 Deno does not
 * grant it, 4 anything else.
 */
export function fsFailureOf(error: unknown): FsFailure {
  if (error instanceof FsFailure) return error;
  if (error instanceof Deno.errors.NotFound || codeOf(error) === "ENOENT") {
    return new FsFailure(NOT_THERE, messageOf(error), error);
  }
  if (error instanceof Deno.errors.NotCapable) {
    return new FsFailure(CODE.notAllowed, messageOf(error), error);
  }
  return failed(messageOf(error), error);
}

/** Somebody else moved folders while an operation went through them. Code 4. */
export function changedMeanwhile(path: string): FsFailure {
  return failed(`Cannot use "${path}": a folder on the way changed meanwhile`);
}

/** For functions that make what is missing: what would be 6 is 4. */
export function notMissing(error: unknown): FsFailure {
  const failure = fsFailureOf(error);
  return failure.result === NOT_THERE
    ? failed(failure.message, failure)
    : failure;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
