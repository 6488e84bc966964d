/**
 * The platform that an executable is for, read off its beginning.
 *
 * @module
 */

/** How much of a file {@linkcode platformOf} looks at. */
export const HEADER_BYTES = 4096;

/** Processors by the numbers that ELF, PE and Mach-O have for them. */
const PROCESSORS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  "unknown-linux-gnu": { 0x3e: "x86_64", 0xb7: "aarch64" },
  "pc-windows-msvc": { 0x8664: "x86_64", 0xaa64: "aarch64" },
  "apple-darwin": { 0x01000007: "x86_64", 0x0100000c: "aarch64" },
};

/**
 * The platform, as Deno names it. `undefined` for what is none of those that
 * Deno compiles for.
 *
 * @param header the first {@linkcode HEADER_BYTES} of the file, or all of a shorter one
 */
export function platformOf(header: Uint8Array): string | undefined {
  const view = new DataView(
    header.buffer,
    header.byteOffset,
    header.byteLength,
  );
  try {
    switch (view.getUint32(0)) {
      case 0x7f454c46:
        return named("unknown-linux-gnu", view.getUint16(18, true));
      case 0xcffaedfe:
        return named("apple-darwin", view.getUint32(4, true));
    }
    // The two bytes at the beginning of a PE file are those of the DOS before it.
    if (view.getUint16(0) !== 0x4d5a) return undefined;
    const pe = view.getUint32(0x3c, true);
    if (view.getUint32(pe) !== 0x50450000) return undefined;
    return named("pc-windows-msvc", view.getUint16(pe + 4, true));
  } catch (error) {
    // It ends before it says so.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function named(system: string, processor: number): string | undefined {
  const name = PROCESSORS[system]?.[processor];
  return name === undefined ? undefined : `${name}-${system}`;
}
