/** Files in the cell's own folder. Needs the capability `storage.fs`. */

import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import {
  fs_chmod,
  fs_create_temp,
  fs_delete,
  fs_list,
  fs_mkdir_all,
  fs_mkdir_temp,
  fs_read,
  fs_remove_all,
  fs_rename,
  fs_stat,
  fs_write,
} from "./pulp";
import { lengthOut, pointerOut, takeResponse } from "./response";
import { encodeUtf8 } from "./utf8";

/** It failed; the host's log says why. */
export const FAILED: u32 = 4;
/** The path is empty, absolute, has `..` in it, or leaves the cell's folder. */
export const REFUSED: u32 = 5;
/** Nothing is there. */
export const NOT_THERE: u32 = 6;

/** What `fs_stat` says of a folder, beside its permissions. */
export const FOLDER_MODE: u32 = 0x80000000;

/** A code, 0 = well, and what came with it. */
export class FsBytes {
  code: u32 = 0;
  bytes: Uint8Array = new Uint8Array(0);
}

export class FsEntry {
  constructor(public name: string, public isDir: bool) {}
}

export class FsList {
  code: u32 = 0;
  /** By name. */
  entries: FsEntry[] = [];
}

export class FsStat {
  code: u32 = 0;
  name: string = "";
  size: i64 = 0;
  modTimeNs: i64 = 0;
  /** Permissions, and {@link FOLDER_MODE} for a folder. */
  mode: u32 = 0;
  isDir: bool = false;
}

export class FsPath {
  code: u32 = 0;
  /** Below the cell's folder. */
  path: string = "";
}

/** Reads a whole file. */
export function readFile(path: string): FsBytes {
  const text = encodeUtf8(path);
  const result = new FsBytes();
  result.code = fs_read(
    <u32> text.dataStart,
    text.length,
    pointerOut(),
    lengthOut(),
  );
  result.bytes = takeResponse();
  return result;
}

/** Writes a whole file, and makes the folders above it. `mode` is for a new one; 0 = 0644. */
export function writeFile(path: string, data: Uint8Array, mode: u32 = 0): u32 {
  const text = encodeUtf8(path);
  const writer = new MsgpackWriter();
  if (mode != 0) writer.map(1).str("mode").u32(mode);
  return fs_write(
    <u32> text.dataStart,
    text.length,
    <u32> data.dataStart,
    data.length,
    writer.ptr,
    writer.length,
  );
}

/** Removes a file, or a folder that is empty. */
export function removeFile(path: string): u32 {
  const text = encodeUtf8(path);
  return fs_delete(<u32> text.dataStart, text.length);
}

/** Removes whatever is there. 0 also when nothing is. */
export function removeAll(path: string): u32 {
  const text = encodeUtf8(path);
  return fs_remove_all(<u32> text.dataStart, text.length);
}

/** The entries of a folder; "." is the cell's own. */
export function listFolder(path: string): FsList {
  const text = encodeUtf8(path);
  const result = new FsList();
  result.code = fs_list(
    <u32> text.dataStart,
    text.length,
    pointerOut(),
    lengthOut(),
  );
  const bytes = takeResponse();
  if (result.code != 0) return result;
  const reader = MsgpackReader.of(bytes);
  for (let left = reader.list(); left > 0 && !reader.failed; left--) {
    const entry = new FsEntry("", false);
    for (let n = reader.map(); n > 0 && !reader.failed; n--) {
      const key = reader.str();
      if (key == "name") entry.name = reader.str();
      else if (key == "is_dir") entry.isDir = reader.bool();
      else reader.skip();
    }
    result.entries.push(entry);
  }
  if (!reader.done) result.code = 3;
  return result;
}

/** What a path names. */
export function stat(path: string): FsStat {
  const writer = new MsgpackWriter().map(1);
  writer.str("path").str(path);
  const result = new FsStat();
  result.code = fs_stat(writer.ptr, writer.length, pointerOut(), lengthOut());
  const bytes = takeResponse();
  if (result.code != 0) return result;
  const reader = MsgpackReader.of(bytes);
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    const key = reader.str();
    if (key == "name") result.name = reader.str();
    else if (key == "size") result.size = reader.int();
    else if (key == "mod_time_ns") result.modTimeNs = reader.int();
    else if (key == "mode") result.mode = <u32> reader.uint();
    else if (key == "is_dir") result.isDir = reader.bool();
    else reader.skip();
  }
  if (!reader.done) result.code = 3;
  return result;
}

/** Gives a file or folder another path; a file that is there is replaced. */
export function rename(from: string, to: string): u32 {
  const writer = new MsgpackWriter().map(2);
  writer.str("old").str(from).str("new").str(to);
  return fs_rename(writer.ptr, writer.length);
}

/** Makes a folder and those above it. `mode` 0 = 0755. */
export function makeFolder(path: string, mode: u32 = 0): u32 {
  const writer = withMode(path, mode);
  return fs_mkdir_all(writer.ptr, writer.length);
}

/** Sets permissions. */
export function chmod(path: string, mode: u32): u32 {
  const writer = withMode(path, mode);
  return fs_chmod(writer.ptr, writer.length);
}

/** Makes an empty file with a name of its own; `dir` "" is `tmp`, a `*` in `pattern` becomes random. */
export function makeTempFile(dir: string = "", pattern: string = ""): FsPath {
  const writer = tempRequest(dir, pattern);
  return pathOf(
    fs_create_temp(writer.ptr, writer.length, pointerOut(), lengthOut()),
  );
}

/** As {@link makeTempFile}, for a folder. */
export function makeTempFolder(dir: string = "", pattern: string = ""): FsPath {
  const writer = tempRequest(dir, pattern);
  return pathOf(
    fs_mkdir_temp(writer.ptr, writer.length, pointerOut(), lengthOut()),
  );
}

function withMode(path: string, mode: u32): MsgpackWriter {
  const writer = new MsgpackWriter().map(2);
  return writer.str("path").str(path).str("mode").u32(mode);
}

function tempRequest(dir: string, pattern: string): MsgpackWriter {
  const writer = new MsgpackWriter().map(2);
  return writer.str("dir").str(dir).str("pattern").str(pattern);
}

function pathOf(code: u32): FsPath {
  const result = new FsPath();
  result.code = code;
  const bytes = takeResponse();
  if (code != 0) return result;
  const reader = MsgpackReader.of(bytes);
  for (let n = reader.map(); n > 0 && !reader.failed; n--) {
    if (reader.str() == "path") result.path = reader.str();
    else reader.skip();
  }
  if (!reader.done) result.code = 3;
  return result;
}
