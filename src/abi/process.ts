/**
 * The records of `spawn.process`.
 *
 * @module
 */

import { writeCompactInt } from "./compact_int.ts";
import { RecordReader } from "./record.ts";
import { MsgpackWriter } from "./writer.ts";

/** What a cell asks for with `process_run`. */
export interface ProcessRun {
  /** The program and its arguments; may be empty. */
  readonly argv: readonly string[];
  /** As sent: "" stands for the cell's own folder. */
  readonly dir: string;
  /** Without a prototype. */
  readonly env: Record<string, string>;
  /** Milliseconds, as sent: 0 stands for the default. */
  readonly timeoutMs: number;
}

/** Throws `contract`. */
export function decodeProcessRun(bytes: Uint8Array): ProcessRun {
  const record = RecordReader.parse(bytes);
  return {
    argv: record.strList("argv"),
    dir: record.str("dir"),
    env: record.strMap("env"),
    timeoutMs: record.u32("timeout_ms"),
  };
}

/** What became of a program. */
export interface ProcessResult {
  /** -1 when it did not end by itself. */
  readonly exitCode: number;
  readonly stdout: Uint8Array;
  readonly stderr: Uint8Array;
  /** Left out of the record when absent: the program ran to its end. */
  readonly error?: string;
}

/** `{exit_code, stdout, stderr, error?}`. */
export function encodeProcessResult(
  { exitCode, stdout, stderr, error }: ProcessResult,
): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter(256 + stdout.length + stderr.length)
    .map(error === undefined ? 3 : 4)
    .str("exit_code");
  writeCompactInt(writer, exitCode)
    .str("stdout").bin(stdout)
    .str("stderr").bin(stderr);
  if (error !== undefined) writer.str("error").str(error);
  return writer.finish();
}
