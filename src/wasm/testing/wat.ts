/**
 * Modules for tests, from the text format.
 *
 * @module
 */

import initWabt from "wabt";

// The types of wabt lag behind: they do not know `multi_memory`.
const FEATURES = {
  exceptions: true,
  mutable_globals: true,
  sat_float_to_int: true,
  sign_extension: true,
  simd: true,
  threads: true,
  multi_value: true,
  tail_call: true,
  bulk_memory: true,
  reference_types: true,
  annotations: true,
  memory64: true,
  extended_const: true,
  relaxed_simd: true,
  multi_memory: true,
  gc: true,
  function_references: true,
};

/** Turns text into a module, with every feature that wabt knows. */
export async function wat(source: string): Promise<Uint8Array<ArrayBuffer>> {
  const wabt = await initWabt();
  const parsed = wabt.parseWat("test.wat", source, FEATURES);
  try {
    // A copy, because wabt's own buffer dies with the parsed module.
    return new Uint8Array(
      parsed.toBinary({ write_debug_names: true }).buffer,
    );
  } finally {
    parsed.destroy();
  }
}
