/**
 * Putting a module together again with some of its sections replaced.
 *
 * @module
 */

import { Output } from "./output.ts";
import { ByteReader } from "./reader.ts";
import { SECTION, type Section, sectionRank } from "./sections.ts";

/**
 * New contents by section id. `null` leaves the section out. A section that
 * the module does not have is put where it belongs.
 */
export type Replacements = ReadonlyMap<number, Output | null>;

/** Copies a module. What is not replaced stays as it is, to the byte. */
export function rebuild(
  bytes: Uint8Array,
  sections: readonly Section[],
  replacements: Replacements,
): Uint8Array<ArrayBuffer> {
  const present = new Set(sections.map((each) => each.id));
  const missing = [...replacements.keys()]
    .filter((id) => !present.has(id) && replacements.get(id) !== null)
    .sort((a, b) => sectionRank(a) - sectionRank(b));
  let extra = 1024;
  for (const contents of replacements.values()) extra += contents?.length ?? 0;
  const output = new Output(bytes.length + extra);
  output.range(bytes, 0, 8);
  const insertBefore = (rank: number): void => {
    while (missing.length > 0 && sectionRank(missing[0] ?? 0) < rank) {
      const id = missing.shift() ?? 0;
      const contents = replacements.get(id);
      if (contents) output.section(id, contents);
    }
  };
  for (const section of sections) {
    if (section.id !== SECTION.custom) insertBefore(sectionRank(section.id));
    const contents = replacements.get(section.id);
    if (contents === undefined) {
      output.range(bytes, section.start, section.end);
    } else if (contents !== null) {
      output.section(section.id, contents);
    }
  }
  insertBefore(Infinity);
  return output.view;
}

/** The contents of a section that is a list, with items added at its end. */
export function appended(
  bytes: Uint8Array,
  section: Section | undefined,
  items: readonly (readonly number[])[],
): Output {
  if (section === undefined) {
    const output = new Output().leb(items.length);
    for (const item of items) output.bytes(item);
    return output;
  }
  const reader = new ByteReader(
    bytes,
    section.contents,
    section.end,
    `${section.name} section`,
  );
  const count = reader.u32("a count");
  const output = new Output(section.end - section.contents + 64)
    .leb(count + items.length)
    .range(bytes, reader.pos, section.end);
  for (const item of items) output.bytes(item);
  return output;
}
