/**
 * `[config]` in the encoding that `pulp_init` gets.
 *
 * @module
 */

import type { TomlTable, TomlValue } from "smol-toml";
import { MsgpackWriter } from "../abi/writer.ts";
import { LIMITS } from "../limits.ts";
import type { Document } from "./document.ts";
import { excerpt } from "./quote.ts";

/**
 * Encodes a table with the widths of the contract: integers always as
 * `int64`, floats always as `float64`, dates as timestamps.
 *
 * A date with an offset is that instant, to the nanosecond. Dates and times
 * without one are taken as UTC: a local date is its midnight, a local time is
 * on 1 January of the year 0. An empty table is no bytes at all.
 *
 * What can't be encoded is added to the document's problems.
 */
export function encodeConfig(
  document: Document,
  config: TomlTable,
): Uint8Array<ArrayBuffer> {
  if (Object.keys(config).length === 0) return new Uint8Array();
  const encoder = new ConfigEncoder(document);
  encoder.value(config);
  return encoder.finish();
}

class ConfigEncoder {
  readonly #document: Document;
  readonly #writer = new MsgpackWriter();
  /** Where the value that is encoded stands. */
  readonly #path: (string | number)[] = ["config"];

  constructor(document: Document) {
    this.#document = document;
  }

  /** The bytes, in a buffer of just their length. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#writer.finish().slice();
  }

  value(value: TomlValue): void {
    switch (typeof value) {
      case "string":
        this.#writer.str(value);
        break;
      case "boolean":
        this.#writer.bool(value);
        break;
      case "number":
        this.#writer.f64(value);
        break;
      case "bigint":
        this.#integer(value);
        break;
      default:
        if (Array.isArray(value)) this.#array(value);
        else if (Object.getPrototypeOf(value) === null) {
          this.#table(value as TomlTable);
        } else this.#date(value);
    }
  }

  #integer(value: bigint): void {
    if (BigInt.asIntN(64, value) === value) this.#writer.i64(value);
    else {
      this.#document.fault(
        this.#path,
        `${this.#name()} must fit 64 bits: received the integer ${
          excerpt(this.#document.source(this.#path))
        }`,
      );
    }
  }

  #array(items: readonly TomlValue[]): void {
    if (this.#tooDeep()) return;
    this.#writer.array(items.length);
    for (const [index, item] of items.entries()) this.#at(index, item);
  }

  #table(table: TomlTable): void {
    if (this.#tooDeep()) return;
    const entries = Object.entries(table);
    this.#writer.map(entries.length);
    for (const [key, value] of entries) {
      this.#writer.str(key);
      this.#at(key, value);
    }
  }

  #at(key: string | number, value: TomlValue): void {
    this.#path.push(key);
    this.value(value);
    this.#path.pop();
  }

  /** Headers with dots nest without end, and each level here is a call. */
  #tooDeep(): boolean {
    if (this.#path.length <= LIMITS.manifestDepth) return false;
    this.#document.fault(
      this.#path,
      `config is nested more than ${LIMITS.manifestDepth} deep`,
    );
    return true;
  }

  #date(value: unknown): void {
    const nanos = epochNanoseconds(value);
    if (nanos === undefined) {
      throw new TypeError("a TOML parser made a value of an unknown kind");
    }
    if (secondOf(value) === 59 && this.#isLeapSecond()) return;
    // BigInt division goes towards zero, and before 1970 that is up.
    let seconds = nanos / 1_000_000_000n;
    let rest = nanos % 1_000_000_000n;
    if (rest < 0n) {
      seconds -= 1n;
      rest += 1_000_000_000n;
    }
    this.#writer.timestamp(seconds, Number(rest));
  }

  /** Temporal reads second 60 as 59, which is another time than was written. */
  #isLeapSecond(): boolean {
    const source = this.#document.source(this.#path);
    if (!/:\d\d:60/.test(source)) return false;
    this.#document.fault(
      this.#path,
      `${this.#name()} can't be ${source}: a timestamp has no second 60`,
    );
    return true;
  }

  #name(): string {
    return excerpt(this.#path.join("."));
  }
}

function epochNanoseconds(value: unknown): bigint | undefined {
  if (value instanceof Temporal.ZonedDateTime) return value.epochNanoseconds;
  if (value instanceof Temporal.PlainTime) {
    const day = Temporal.PlainDate.from({ year: 0, month: 1, day: 1 });
    return day.toPlainDateTime(value).toZonedDateTime("UTC").epochNanoseconds;
  }
  if (
    value instanceof Temporal.PlainDateTime ||
    value instanceof Temporal.PlainDate
  ) {
    return value.toZonedDateTime("UTC").epochNanoseconds;
  }
  return undefined;
}

function secondOf(value: unknown): number | undefined {
  return value instanceof Temporal.ZonedDateTime ||
      value instanceof Temporal.PlainDateTime ||
      value instanceof Temporal.PlainTime
    ? value.second
    : undefined;
}
