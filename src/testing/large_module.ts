/**
 * A cell with a lot of code, for tests.
 *
 * @module
 */

import { cellWat, wat } from "./wat.ts";

/** Bytes of one function; V8 takes many of them better than a large one. */
const FUNCTION_BYTES = 60_000;

/**
 * A cell that has everything that `cellWat` gives, `more` as there, and about
 * `bytes` of functions beside it that nobody calls: loops after loops.
 */
export async function largeCell(
  bytes: number,
  more: Parameters<typeof cellWat>[0] = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const small = await wat(cellWat(more));
  const code = [0, ...repeat([0x03, 0x40, 0x0b], FUNCTION_BYTES / 3), 0x0b];
  const body = Uint8Array.from([...leb(code.length), ...code]);
  const count = Math.ceil(bytes / body.length);
  const sections = split(small);
  const type = find(sections, 1);
  const functions = find(sections, 3);
  const bodies = find(sections, 10);
  const voidType = type.count;
  const parts = sections.map(({ id, contents }) => {
    switch (id) {
      case 1:
        return section(1, [...leb(voidType + 1)], type.items, [0x60, 0, 0]);
      case 3:
        return section(
          3,
          leb(functions.count + count),
          functions.items,
          repeat(leb(voidType), count),
        );
      case 10: {
        const added = new Uint8Array(body.length * count);
        for (let at = 0; at < count; at++) added.set(body, at * body.length);
        return section(10, leb(bodies.count + count), bodies.items, added);
      }
      default:
        return section(id, contents);
    }
  });
  return joined([small.subarray(0, 8), ...parts]);
}

interface Section {
  readonly id: number;
  readonly contents: Uint8Array;
}

function split(module: Uint8Array): Section[] {
  const sections: Section[] = [];
  for (let at = 8; at < module.length;) {
    const id = module[at] ?? 0;
    const [size, start] = number(module, at + 1);
    sections.push({ id, contents: module.subarray(start, start + size) });
    at = start + size;
  }
  return sections;
}

/** A section that is a list: how many items it has, and their bytes. */
function find(
  sections: readonly Section[],
  id: number,
): { readonly count: number; readonly items: Uint8Array } {
  const contents = sections.find((it) => it.id === id)?.contents;
  if (contents === undefined) throw new Error(`no section ${id}`);
  const [count, start] = number(contents, 0);
  return { count, items: contents.subarray(start) };
}

/** An unsigned LEB128, and where it ends. */
function number(bytes: Uint8Array, at: number): [value: number, end: number] {
  let value = 0;
  for (let shift = 0;; shift += 7) {
    const byte = bytes[at++] ?? 0;
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) return [value >>> 0, at];
  }
}

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value >= 0x80; value >>>= 7) bytes.push(value & 0x7f | 0x80);
  return [...bytes, value];
}

function section(
  id: number,
  ...parts: readonly (Uint8Array | readonly number[])[]
): Uint8Array {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  return joined([[id, ...leb(size)], ...parts]);
}

function joined(
  parts: readonly (Uint8Array | readonly number[])[],
): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function repeat(bytes: readonly number[], times: number): number[] {
  return Array.from({ length: times }, () => bytes).flat();
}
