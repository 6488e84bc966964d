/** Programs of the machine. Needs the capability `spawn.process` and `[permissions] run`. */

import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { Pairs } from "./pairs";
import {
  process_cancel,
  process_pending,
  process_result,
  process_run,
} from "./pulp";
import { lengthOut, pointerOut, takeResponse } from "./response";

/** What {@link startProgram} returns is an id from here on, and a code below. */
export const FIRST_PROCESS_ID: u32 = 100;
/** The manifest does not list the program, or Deno does not grant it. */
export const PROGRAM_REFUSED: u32 = 5;
/** Too many programs run. */
export const PROGRAMS_FULL: u32 = 16;

/** It runs. */
export const PROCESS_PENDING: u32 = 0;
/** It ran to its end. */
export const PROCESS_COMPLETE: u32 = 1;
/** It could not be started, was late, or was cancelled. */
export const PROCESS_FAILED: u32 = 2;
/** There is none of that id, or its result was read. */
export const PROCESS_UNKNOWN: u32 = 4;

export class ProgramStart {
  /** Relative to the cell's folder; "" = that folder. */
  dir: string = "";
  /** The whole environment: nothing of the host is added. */
  env: Pairs = new Pairs();
  /** 0 = the host's own, 5 min. */
  timeoutMs: u32 = 0;

  /** The program and its arguments. */
  constructor(public argv: string[]) {}

  write(writer: MsgpackWriter): void {
    writer.map(4);
    writer.str("argv").list(this.argv.length);
    for (let i = 0; i < this.argv.length; i++) writer.str(this.argv[i]);
    writer.str("dir").str(this.dir);
    writer.str("env");
    this.env.write(writer);
    writer.str("timeout_ms").u32(this.timeoutMs);
  }
}

export class ProcessResult {
  status: u32 = 0;
  /** -1 when it did not end by itself. */
  exitCode: i32 = 0;
  stdout: Uint8Array = new Uint8Array(0);
  stderr: Uint8Array = new Uint8Array(0);
  /** Why it failed; "" when it didn't. */
  error: string = "";
}

/** Starts a program: its id, or a code below {@link FIRST_PROCESS_ID}. */
export function startProgram(start: ProgramStart): u32 {
  const writer = new MsgpackWriter();
  start.write(writer);
  return process_run(writer.ptr, writer.length);
}

/**
 * What became of a program; can be read once. A program goes on between two
 * entry points and never during one, so don't wait for it in a loop.
 */
export function programResult(id: u32): ProcessResult {
  const result = new ProcessResult();
  result.status = process_result(id, pointerOut(), lengthOut());
  if (
    result.status != PROCESS_COMPLETE && result.status != PROCESS_FAILED
  ) return result;
  const reader = MsgpackReader.of(takeResponse());
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "exit_code") result.exitCode = <i32> reader.int();
    else if (key == "stdout") result.stdout = reader.bytes();
    else if (key == "stderr") result.stderr = reader.bytes();
    else if (key == "error") result.error = reader.str();
    else reader.skip();
  }
  return result;
}

/** Ends a program. Whether there was one to end. */
export function cancelProgram(id: u32): bool {
  return process_cancel(id) == 0;
}

/** How many programs with a deadline run. */
export function pendingPrograms(): u32 {
  return process_pending();
}
