/**
 * The `producers` section: which language and tools made a module.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { ByteReader } from "./reader.ts";

/** One language or tool. */
export interface Producer {
  /** The name. */
  readonly name: string;
  /** Often empty. */
  readonly version: string;
}

/** What the `producers` section says. It is a claim, not a fact. */
export interface Producers {
  /** Languages of the source. */
  readonly language: readonly Producer[];
  /** Tools that made the module. */
  readonly processedBy: readonly Producer[];
  /** Development kits. */
  readonly sdk: readonly Producer[];
}

// A claim needs no more; what is above is not read.
const MOST_VALUES = 256;
const MOST_BYTES = 64 << 10;

/**
 * Reads the contents of a `producers` section. `undefined` when they are
 * malformed or over 64 KiB: a custom section never makes a module unusable.
 */
export function readProducers(contents: Uint8Array): Producers | undefined {
  if (contents.length > MOST_BYTES) return undefined;
  const fields: Record<keyof Producers, Producer[]> = {
    language: [],
    processedBy: [],
    sdk: [],
  };
  try {
    const reader = new ByteReader(contents, 0, contents.length, "section");
    const count = reader.u32("a count");
    let left = MOST_VALUES;
    for (let field = 0; field < count; field++) {
      const name = reader.name("a field");
      const values = reader.u32("a count");
      for (let index = 0; index < values; index++) {
        if (--left < 0) return fields;
        const producer = {
          name: reader.name("a name"),
          version: reader.name("a version"),
        };
        if (name === "language") fields.language.push(producer);
        if (name === "processed-by") fields.processedBy.push(producer);
        if (name === "sdk") fields.sdk.push(producer);
      }
    }
    reader.finish();
    return fields;
  } catch (error) {
    if (error instanceof PulpError) return undefined;
    throw error;
  }
}
