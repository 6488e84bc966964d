/**
 * The frame of a module: its header and its sections.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { ByteReader, malformed, NameBudget } from "./reader.ts";

/** The ids of the sections that V8 takes. */
export const SECTION = Object.freeze({
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
});

/** The order in which sections stand in a file, by id. */
const ORDER: readonly number[] = [
  SECTION.type,
  SECTION.import,
  SECTION.function,
  SECTION.table,
  SECTION.memory,
  SECTION.tag,
  SECTION.global,
  SECTION.export,
  SECTION.start,
  SECTION.element,
  SECTION.dataCount,
  SECTION.code,
  SECTION.data,
];

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(SECTION).map(([name, id]) => [id, name]),
);

/** One section. Offsets are offsets in the file. */
export interface Section {
  /** One of {@linkcode SECTION}. */
  readonly id: number;
  /** Where the id stands. */
  readonly start: number;
  /** The first byte of the contents; of a custom section, after its name. */
  readonly contents: number;
  /** The first byte after the section. */
  readonly end: number;
  /** The name of a custom section; of any other its kind, as "code". */
  readonly name: string;
}

/** The place of a section's kind in a file: lower stands first. */
export function sectionRank(id: number): number {
  return ORDER.indexOf(id);
}

/**
 * The sections of a module in file order. Checks the header, the lengths, the
 * order and that none but custom sections occurs twice; the contents are not
 * read.
 *
 * Throws {@linkcode PulpError} `module`.
 */
export function readSections(bytes: Uint8Array): Section[] {
  checkHeader(bytes);
  const reader = new ByteReader(bytes, 8, bytes.length, "module");
  const sections: Section[] = [];
  let lastRank = -1;
  const names = new NameBudget("custom sections");
  let customs = 0;
  while (reader.left > 0) {
    const start = reader.pos;
    const id = reader.u8("a section id");
    const kind = NAMES.get(id);
    if (kind === undefined) {
      throw malformed(`the section id ${id} is not known`, start);
    }
    const length = reader.u32(`the length of the ${kind} section`);
    const from = reader.pos;
    if (length > reader.left) {
      throw malformed(
        `the ${kind} section says ${length} bytes where ${reader.left} are left`,
        start,
      );
    }
    reader.pos += length;
    const end = reader.pos;
    if (id === SECTION.custom) {
      if (++customs > LIMITS.moduleCustomSections) {
        throw malformed(
          `there are more than ${LIMITS.moduleCustomSections} custom sections`,
          start,
        );
      }
      const inner = new ByteReader(bytes, from, end, "custom section");
      const name = names.read(inner, "its name");
      sections.push({ id, start, contents: inner.pos, end, name });
      continue;
    }
    const rank = sectionRank(id);
    if (rank === lastRank) {
      throw malformed(`there is a second ${kind} section`, start);
    }
    if (rank < lastRank) {
      throw malformed(`the ${kind} section stands out of order`, start);
    }
    lastRank = rank;
    sections.push({ id, start, contents: from, end, name: kind });
  }
  return sections;
}

/** A cursor over the contents of a section, or nothing when there is none. */
export function openSection(
  bytes: Uint8Array,
  sections: readonly Section[],
  id: number,
): ByteReader | undefined {
  const section = sections.find((each) => each.id === id);
  if (section === undefined) return undefined;
  const part = `${section.name} section`;
  return new ByteReader(bytes, section.contents, section.end, part);
}

/** What a file is that is no module, as far as its first bytes tell. */
const OTHER_FILES: readonly (readonly [string, readonly number[]])[] = [
  ["gzip data: unpack it first", [0x1f, 0x8b]],
  ["a zip archive: unpack it first", [0x50, 0x4b, 0x03, 0x04]],
  ["zstd data: unpack it first", [0x28, 0xb5, 0x2f, 0xfd]],
  ["an ELF program of this machine, not WebAssembly", [0x7f, 0x45, 0x4c, 0x46]],
  ["a Windows program, not WebAssembly", [0x4d, 0x5a]],
];

function checkHeader(bytes: Uint8Array): void {
  const refuse = (what: string, hint?: string): PulpError =>
    new PulpError(
      "module",
      `Cannot read the module: ${what}`,
      hint === undefined ? {} : { hint },
    );
  if (bytes.length === 0) throw refuse("the file is empty");
  if (bytes.length > LIMITS.moduleBytes) {
    throw refuse(
      `it has ${bytes.length} bytes, more than ${LIMITS.moduleBytes}`,
    );
  }
  const starts = (prefix: readonly number[]): boolean =>
    bytes.length >= prefix.length &&
    prefix.every((byte, index) => bytes[index] === byte);
  if (!starts([0x00, 0x61, 0x73, 0x6d].slice(0, bytes.length))) {
    const other = OTHER_FILES.find(([, prefix]) => starts(prefix));
    if (other !== undefined) throw refuse(`it is ${other[0]}`);
    if (looksLikeText(bytes)) {
      throw isWat(bytes)
        ? refuse(
          "it is WebAssembly text (WAT), not a binary module",
          "Compile it first, as with `wat2wasm`",
        )
        : refuse("it looks like text, not a WebAssembly module");
    }
    throw refuse(
      `it starts with ${hexOf(bytes, 0)} instead of 00 61 73 6d`,
    );
  }
  if (bytes.length < 8) throw refuse("the file ends within its header");
  if (
    bytes[4] === 0x01 && bytes[5] === 0 && bytes[6] === 0 && bytes[7] === 0
  ) return;
  // Bytes 6 and 7 are the layer: 0 is a core module, 1 a component.
  if (bytes[6] === 0x01 && bytes[7] === 0) {
    throw refuse(
      "it is a component, and cells are core modules",
      "Build a core module instead, as a reactor for wasip1: wasm32-wasip2 " +
        "and `wasm-tools component new` make components",
    );
  }
  throw refuse(
    `its version is ${hexOf(bytes, 4)} and only 01 00 00 00 is known`,
  );
}

function hexOf(bytes: Uint8Array, start: number): string {
  return Array.from(
    bytes.subarray(start, start + 4),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join(" ");
}

/** Whether the beginning of a file is text. */
export function looksLikeText(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 64).every((byte) =>
    byte >= 0x20 && byte !== 0x7f || byte >= 0x09 && byte <= 0x0d
  );
}

/** Whether a text is one of WebAssembly. */
export function isWat(bytes: Uint8Array): boolean {
  const text = new TextDecoder().decode(bytes.subarray(0, 4096));
  // A comment ends at the first end: else there were as many ways through them
  // as there are ways to join them.
  return /^(?:\s|;;[^\n]*\n|\(;(?:(?!;\))[^])*;\))*\(\s*(?:module|component)\b/
    .test(text);
}
