/**
 * Hand-made modules for tests: what no text tool writes.
 *
 * @module
 */

/** The header of a module. */
export const HEADER: readonly number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];

/** An unsigned LEB128 in its shortest form. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value % 128;
    value = Math.floor(value / 128);
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

/** An unsigned LEB128 in 5 bytes, as linkers write it. */
export function wideLeb(value: number): number[] {
  return [0, 7, 14, 21, 28].map((shift) =>
    (Math.floor(value / 2 ** shift) & 0x7f) | (shift === 28 ? 0 : 0x80)
  );
}

/** A length and the UTF-8 of a text. */
export function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...leb(bytes.length), ...bytes];
}

/** A count and the items. */
export function vec(...items: readonly (readonly number[])[]): number[] {
  return [...leb(items.length), ...items.flat()];
}

/** A section with its id and length. */
export function section(id: number, contents: readonly number[]): number[] {
  return [id, ...leb(contents.length), ...contents];
}

/** A custom section. */
export function custom(name: string, contents: readonly number[]): number[] {
  return section(0, [...text(name), ...contents]);
}

/** A module of these sections. */
export function moduleOf(
  ...sections: readonly (readonly number[])[]
): Uint8Array<ArrayBuffer> {
  return new Uint8Array([...HEADER, ...sections.flat()]);
}

/** A function body: local declarations, instructions, and the final `end`. */
export function body(
  instructions: readonly number[],
  locals: readonly number[] = [0],
): number[] {
  const contents = [...locals, ...instructions, 0x0b];
  return [...leb(contents.length), ...contents];
}

/** A module with one function of no parameters and no results. */
export function oneFunction(
  instructions: readonly number[],
  ...others: readonly (readonly number[])[]
): Uint8Array<ArrayBuffer> {
  const before = others.filter((each) => [2, 4, 5].includes(each[0] ?? -1));
  const after = others.filter((each) => !before.includes(each));
  return moduleOf(
    section(1, vec([0x60, 0, 0])),
    ...before.filter((each) => each[0] === 2),
    section(3, vec([0])),
    ...before.filter((each) => each[0] !== 2),
    ...after,
    section(10, vec(body(instructions))),
  );
}
