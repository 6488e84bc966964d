/**
 * The records of `storage.fs`. File contents and plain paths travel as they
 * are.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { RecordReader } from "./record.ts";
import { utf8Of } from "./utf8.ts";
import { MsgpackWriter } from "./writer.ts";

/** A path, and permission bits; 0 = the function's default. */
export interface FsModeRequest {
  readonly path: string;
  /** As sent: bits beyond 0777 are not removed yet. */
  readonly mode: number;
}

/** Where something is, and where it goes. */
export interface FsRenameRequest {
  readonly old: string;
  readonly new: string;
}

/** A folder, and the pattern of a name in it; both may be empty. */
export interface FsTempRequest {
  readonly dir: string;
  readonly pattern: string;
}

/** One entry of a folder. A symbolic link is no folder, wherever it leads. */
export interface FsEntry {
  readonly name: string;
  readonly isDir: boolean;
}

/** What `fs_stat` answers with. */
export interface FsStat {
  readonly name: string;
  readonly size: number;
  /** Unix nanoseconds. */
  readonly modTimeNs: bigint;
  /** In the form of {@linkcode goFileMode}. */
  readonly mode: number;
  readonly isDir: boolean;
}

/** The mode of `fs_write`; no bytes and no mode are 0. Throws `contract`. */
export function decodeFsWriteOptions(bytes: Uint8Array): number {
  return bytes.length === 0 ? 0 : RecordReader.parse(bytes).u32("mode");
}

/** `{path}`. Throws `contract`. */
export function decodeFsPath(bytes: Uint8Array): string {
  return exactText(RecordReader.parse(bytes), "path");
}

/** `{path, mode}`. Throws `contract`. */
export function decodeFsMode(bytes: Uint8Array): FsModeRequest {
  const record = RecordReader.parse(bytes);
  return { path: exactText(record, "path"), mode: record.u32("mode") };
}

/** `{old, new}`. Throws `contract`. */
export function decodeFsRename(bytes: Uint8Array): FsRenameRequest {
  const record = RecordReader.parse(bytes);
  return { old: exactText(record, "old"), new: exactText(record, "new") };
}

/** `{dir, pattern}`. Throws `contract`. */
export function decodeFsTemp(bytes: Uint8Array): FsTempRequest {
  const record = RecordReader.parse(bytes);
  return {
    dir: exactText(record, "dir"),
    pattern: exactText(record, "pattern"),
  };
}

/** `[{name, is_dir}]`; none is an empty array, not nil. */
export function encodeFsEntries(
  entries: readonly FsEntry[],
): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter(16 + entries.length * 32)
    .array(entries.length);
  for (const { name, isDir } of entries) {
    writer.map(2).str("name").str(name).str("is_dir").bool(isDir);
  }
  return writer.finish();
}

/** `{name, size, mod_time_ns, mode, is_dir}`. */
export function encodeFsStat(stat: FsStat): Uint8Array<ArrayBuffer> {
  return new MsgpackWriter().map(5)
    .str("name").str(stat.name)
    .str("size").i64(stat.size)
    .str("mod_time_ns").i64(stat.modTimeNs)
    .str("mode").u32(stat.mode)
    .str("is_dir").bool(stat.isDir)
    .finish();
}

/** `{path}`. */
export function encodeFsPath(path: string): Uint8Array<ArrayBuffer> {
  return new MsgpackWriter().map(1).str("path").str(path).finish();
}

/** A path that is not text would be another path once it was repaired. */
function exactText(record: RecordReader, key: string): string {
  const text = utf8Of(record.bytes(key));
  if (text !== undefined) return text;
  throw new PulpError("contract", `Cannot decode "${key}": it is not UTF-8`);
}

/** Types of files: what POSIX has in four bits, and Go in a bit of its own. */
const TYPES: Readonly<Record<number, number>> = {
  0x1000: 1 << 25, // a named pipe
  0x2000: 1 << 26 | 1 << 21, // a character device
  0x4000: 1 << 31, // a folder
  0x6000: 1 << 26, // a block device
  0xa000: 1 << 27, // a symbolic link
  0xc000: 1 << 24, // a socket
};

/**
 * `st_mode` as Go's `os.FileMode`, which is what cells compare with: a folder
 * is `0x80000000` and its permissions.
 */
export function goFileMode(posix: number): number {
  let mode = posix & 0o777 | (TYPES[posix & 0xf000] ?? 0);
  if (posix & 0o4000) mode |= 1 << 23;
  if (posix & 0o2000) mode |= 1 << 22;
  if (posix & 0o1000) mode |= 1 << 20;
  return mode >>> 0;
}
