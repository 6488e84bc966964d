/**
 * The timestamp extension of MessagePack (type -1), to the nanosecond.
 *
 * @module
 */

import { PulpError } from "../errors.ts";

/** The Gregorian calendar repeats after 400 years. */
const SECONDS_OF_400_YEARS = 146_097n * 86_400n;

/** A point in time, exact over the whole range of the extension. */
export class Timestamp {
  /** Whole seconds since 1970-01-01T00:00:00Z, negative before. */
  readonly seconds: bigint;
  /** 0 to 999999999, counted forward from `seconds`. */
  readonly nanos: number;

  /** Throws `contract` when a part is out of its range. */
  constructor(seconds: bigint, nanos = 0) {
    if (
      BigInt.asIntN(64, seconds) !== seconds || !Number.isInteger(nanos) ||
      nanos < 0 || nanos > 999_999_999
    ) {
      throw new PulpError(
        "contract",
        `Cannot take "${seconds}" s and "${nanos}" ns as a timestamp: a part is out of range`,
      );
    }
    this.seconds = seconds;
    this.nanos = nanos;
  }

  /** The 4, 8 or 12 bytes of the extension. Throws `contract` on any other length. */
  static decode(data: Uint8Array): Timestamp {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    switch (data.length) {
      case 4:
        return new Timestamp(BigInt(view.getUint32(0)));
      case 8: {
        const both = view.getBigUint64(0);
        return new Timestamp(both & 0x3_ffff_ffffn, Number(both >> 34n));
      }
      case 12:
        return new Timestamp(view.getBigInt64(4), view.getUint32(0));
      default:
        throw new PulpError(
          "contract",
          `Cannot decode a timestamp of ${data.length} bytes: it has 4, 8 or 12`,
        );
    }
  }

  /** The whole extension, header included, in the shortest of its three forms. */
  encode(): Uint8Array<ArrayBuffer> {
    if (this.seconds >> 34n === 0n) {
      if (this.nanos === 0 && this.seconds <= 0xffff_ffffn) {
        const bytes = Uint8Array.of(0xd6, 0xff, 0, 0, 0, 0);
        new DataView(bytes.buffer).setUint32(2, Number(this.seconds));
        return bytes;
      }
      const bytes = new Uint8Array(10);
      bytes.set([0xd7, 0xff]);
      new DataView(bytes.buffer).setBigUint64(
        2,
        BigInt(this.nanos) << 34n | this.seconds,
      );
      return bytes;
    }
    const bytes = new Uint8Array(15);
    bytes.set([0xc7, 12, 0xff]);
    const view = new DataView(bytes.buffer);
    view.setUint32(3, this.nanos);
    view.setBigInt64(7, this.seconds);
    return bytes;
  }

  /** RFC 3339 in UTC, like Go's `RFC3339Nano`: as many digits of a second as needed. */
  toString(): string {
    // Date covers 271,821 years around 1970 only, so it gets a year of the same shape.
    let cycles = this.seconds / SECONDS_OF_400_YEARS;
    let rest = this.seconds % SECONDS_OF_400_YEARS;
    if (rest < 0n) {
      rest += SECONDS_OF_400_YEARS;
      cycles -= 1n;
    }
    const date = new Date(Number(rest) * 1000);
    const year = BigInt(date.getUTCFullYear()) + cycles * 400n;
    const sign = year < 0n ? "-" : "";
    const digits = (year < 0n ? -year : year).toString().padStart(4, "0");
    const fraction = this.nanos === 0
      ? ""
      : `.${this.nanos.toString().padStart(9, "0").replace(/0+$/, "")}`;
    return `${sign}${digits}${date.toISOString().slice(4, 19)}${fraction}Z`;
  }
}
