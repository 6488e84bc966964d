/**
 * What is said on the control socket: one request, one reply.
 *
 * @module
 */

import { decodeList } from "../../abi/decode.ts";
import { RecordReader } from "../../abi/record.ts";
import { MsgpackWriter } from "../../abi/writer.ts";
import { messageOf, PulpError } from "../../errors.ts";
import { didYouMean } from "../../nearest.ts";

/** What can be asked of a host. */
export type ControlRequest =
  | { readonly op: "status" }
  | { readonly op: "shutdown_all" }
  | { readonly op: "shutdown" | "reload"; readonly cell: string };

/** One cell, as a host reports it. */
export interface ReportedCell {
  /** As in its manifest. */
  readonly name: string;
  /** `ready`, `failed` or `stopped`. */
  readonly state: string;
  /** Steps begun; 64 bits on the wire. */
  readonly steps: number | bigint;
}

/** What a host answers: that it did it, with its cells if that was asked, or why not. */
export type ControlReply =
  | { readonly ok: true; readonly cells?: readonly ReportedCell[] }
  | { readonly ok: false; readonly error: string };

const OPS: readonly ControlRequest["op"][] = [
  "status",
  "shutdown",
  "reload",
  "shutdown_all",
];

/** How much of an operation that nobody knows is said back. */
const SHOWN_CHARS = 64;

/** A request as MessagePack. */
export function encodeRequest(request: ControlRequest): Uint8Array {
  const writer = new MsgpackWriter();
  if (request.op === "shutdown" || request.op === "reload") {
    writer.map(2).str("op").str(request.op).str("cell").str(request.cell);
  } else {
    writer.map(1).str("op").str(request.op);
  }
  return writer.finish();
}

/**
 * Reads a request. Keys that it does not know are ignored.
 *
 * @throws {PulpError} `contract`: the message is what the peer is told
 */
export function decodeRequest(message: Uint8Array): ControlRequest {
  let op: string;
  let cell: string;
  try {
    const record = RecordReader.parse(message);
    op = record.str("op");
    cell = record.str("cell");
  } catch (cause) {
    throw new PulpError("contract", `invalid msgpack: ${messageOf(cause)}`, {
      cause,
    });
  }
  switch (op) {
    case "status":
    case "shutdown_all":
      return { op };
    case "shutdown":
    case "reload":
      if (cell === "") throw new PulpError("contract", "cell name required");
      return { op, cell };
    default:
      throw new PulpError(
        "contract",
        `unknown op: ${op.slice(0, SHOWN_CHARS)}${didYouMean(op, OPS)}`,
      );
  }
}

/** A reply as MessagePack. What is not there is not written. */
export function encodeReply(reply: ControlReply): Uint8Array {
  const writer = new MsgpackWriter();
  if (!reply.ok) return writer.map(1).str("error").str(reply.error).finish();
  const cells = reply.cells ?? [];
  writer.map(cells.length > 0 ? 2 : 1).str("ok").bool(true);
  if (cells.length > 0) writeCells(writer, cells);
  return writer.finish();
}

/**
 * Reads a reply.
 *
 * @throws {PulpError} `contract` when it is none
 */
export function decodeReply(message: Uint8Array): ControlReply {
  const record = RecordReader.parse(message);
  const error = record.str("error");
  if (error !== "") return { ok: false, error };
  if (!record.bool("ok")) {
    throw new PulpError(
      "contract",
      "Cannot read a reply: it says neither ok nor what is wrong",
    );
  }
  if (!record.has("cells")) return { ok: true };
  return { ok: true, cells: decodeList(record, "cells").map(reportedCell) };
}

/** Cells as one message: what `ps --json` shows, with every bit of the counts. */
export function encodeCells(cells: readonly ReportedCell[]): Uint8Array {
  const writer = new MsgpackWriter().map(1);
  writeCells(writer, cells);
  return writer.finish();
}

function writeCells(
  writer: MsgpackWriter,
  cells: readonly ReportedCell[],
): void {
  writer.str("cells").array(cells.length);
  for (const { name, state, steps } of cells) {
    writer.map(3).str("name").str(name).str("state").str(state);
    writer.str("steps").u64(steps);
  }
}

function reportedCell(value: unknown): ReportedCell {
  if (typeof value === "object" && value !== null) {
    const { name, state, steps } = value as Readonly<Record<string, unknown>>;
    if (
      typeof name === "string" && typeof state === "string" &&
      (typeof steps === "bigint" || Number.isSafeInteger(steps)) &&
      (steps as number | bigint) >= 0
    ) {
      return { name, state, steps: BigInt(steps as number | bigint) };
    }
  }
  throw new PulpError(
    "contract",
    "Cannot read a reply: a cell in it lacks its name, state or steps",
  );
}
