/** Keeps files: provides `put`, `get`, `list` and `remove`. */

export * from "../sdk/assemblyscript/exports";
export {
  pulp_on_call,
  pulp_on_call_error_len,
  pulp_on_call_error_ptr,
} from "../sdk/assemblyscript/providers";

import {
  FAILED,
  listFolder,
  NOT_THERE,
  readFile,
  REFUSED,
  removeAll,
  stat,
  writeFile,
} from "../sdk/assemblyscript/fs";
import { Call, provide } from "../sdk/assemblyscript/providers";
import { decodeUtf8, encodeUtf8, isUtf8 } from "../sdk/assemblyscript/utf8";
import { Kind, Value } from "../sdk/assemblyscript/value";

const NOT_BOUND: u32 = 99;

/** `{path, data}` → `{size}`; `data` is text or bytes. */
provide("put", (call: Call): void => {
  const path = pathOf(call.args);
  const data = call.args.get("data");
  if (path === null || !(data.isStr || data.kind == Kind.Bytes)) {
    call.fail("put takes {path, data}: data is text or bytes");
    return;
  }
  const bytes = data.isStr ? encodeUtf8(data.text) : data.asBytes();
  const code = writeFile(path, bytes);
  if (code != 0) call.fail(problem("write", path, code));
  else call.reply.map(1).str("size").u32(bytes.length);
});

/** A path, or `{path}` → the content: text when it is UTF-8, else bytes. */
provide("get", (call: Call): void => {
  const path = pathOf(call.args);
  if (path === null) {
    call.fail("get takes a path, or {path}");
    return;
  }
  const file = readFile(path);
  const bytes = file.bytes;
  if (file.code != 0) call.fail(problem("read", path, file.code));
  else if (isUtf8(bytes.dataStart, bytes.length)) {
    call.reply.str(decodeUtf8(bytes));
  } else call.reply.bytes(bytes);
});

/** A path, `{path}`, or nothing for the whole → `[{name, size}]`; a folder has no size. */
provide("list", (call: Call): void => {
  const given = pathOf(call.args);
  if (given === null && !call.args.isNil) {
    call.fail("list takes a path, {path}, or nothing");
    return;
  }
  const path = given === null ? "." : given;
  const list = listFolder(path);
  if (list.code != 0) {
    call.fail(problem("list", path, list.code));
    return;
  }
  call.reply.list(list.entries.length);
  for (let i = 0; i < list.entries.length; i++) {
    const entry = list.entries[i];
    call.reply.map(entry.isDir ? 1 : 2).str("name").str(entry.name);
    if (!entry.isDir) {
      call.reply.str("size").int(stat(`${path}/${entry.name}`).size);
    }
  }
});

/** A path, or `{path}`: removes the file, or the folder with all that is in it. */
provide("remove", (call: Call): void => {
  const path = pathOf(call.args);
  if (path === null) {
    call.fail("remove takes a path, or {path}");
    return;
  }
  const found = stat(path).code;
  const code = found != 0 ? found : removeAll(path);
  if (code != 0) call.fail(problem("remove", path, code));
});

function pathOf(args: Value): string | null {
  if (args.isStr) return args.text;
  const path = args.get("path");
  return path.isStr ? path.text : null;
}

function problem(action: string, path: string, code: u32): string {
  let reason = `the host answers ${code}`;
  if (code == NOT_THERE) reason = "it is not there";
  if (code == REFUSED) reason = "the path does not stay in the cell's folder";
  if (code == FAILED) reason = "it failed, and the host's log says why";
  if (code == NOT_BOUND) {
    reason = 'the manifest does not declare "storage.fs"';
  }
  return `Cannot ${action} "${path}": ${reason}`;
}
