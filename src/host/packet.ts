/**
 * What crosses threads most often, many records in one run of bytes: a
 * structured clone of each would cost more than all that is done with it.
 *
 * @module
 */

import { MessageReader } from "../abi/reader.ts";
import type { MsgpackWriter } from "../abi/writer.ts";
import type { Answer } from "../capabilities/http/answer.ts";

/** Bytes over this travel as a message of their own. */
const MOST_BYTES = 64 << 10;

const EVENT = 0;
const ANSWER = 1;
const STEPPED = 2;

/** Takes the records of a packet, in order. */
export interface PacketSink {
  /** An event for `pulp_step`; the payload is a view of the packet. */
  event?(id: number, kind: string, payload: Uint8Array): void;
  /** The answer to a request; the body is a view of the packet. */
  answer?(request: bigint, answer: Answer): void;
  /** The step that took an event has ended well. */
  stepped?(id: number): void;
}

/** Whether an event is fit for a packet. */
export function fitsEvent(payload: Uint8Array): boolean {
  return payload.length <= MOST_BYTES;
}

/** Writes an event; `id` is a `u32`. */
export function writeEvent(
  packet: MsgpackWriter,
  id: number,
  kind: string,
  payload: Uint8Array,
): void {
  packet.u8(EVENT).u32(id).str(kind).bin(payload);
}

/** Whether an answer is fit for a packet. */
export function fitsAnswer(
  { body }: Answer,
): boolean {
  return body === null ||
    body instanceof Uint8Array && body.length <= MOST_BYTES;
}

/** Writes an answer that fits. */
export function writeAnswer(
  packet: MsgpackWriter,
  request: bigint,
  { status, headers, body }: Answer,
): void {
  packet.u8(ANSWER).u64(request).u32(status).map(headers.length);
  for (const [name, value] of headers) packet.str(name).str(value);
  if (body instanceof Uint8Array) packet.bin(body);
  else packet.nil();
}

/** Writes that a step has ended well; `id` is a `u32`. */
export function writeStepped(packet: MsgpackWriter, id: number): void {
  packet.u8(STEPPED).u32(id);
}

/**
 * Hands each record of a packet to `sink`.
 *
 * @throws {TypeError} when there is a record of no known kind
 */
export function readPacket(packet: Uint8Array, sink: PacketSink): void {
  const reader = new MessageReader(packet);
  while (reader.at < packet.length) {
    switch (reader.readInt()) {
      case EVENT: {
        const id = Number(reader.readInt());
        sink.event?.(id, reader.readText(), reader.readBytes());
        break;
      }
      case ANSWER: {
        const request = BigInt(reader.readInt());
        const status = Number(reader.readInt());
        const headers: [string, string][] = [];
        const end = packet.length;
        for (let n = reader.readHeader(); n > 0 && reader.at < end; n--) {
          headers.push([reader.readText(), reader.readText()]);
        }
        const body = reader.skipNil()
          ? null
          : reader.readBytes() as Uint8Array<ArrayBuffer>;
        sink.answer?.(request, { status, headers, body });
        break;
      }
      case STEPPED:
        sink.stepped?.(Number(reader.readInt()));
        break;
      default:
        throw new TypeError("Cannot read a packet: a record of no known kind");
    }
  }
}
