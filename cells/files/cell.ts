/**
 * Keeps files: provides `put`, `get`, `list` and `remove`, and `move`,
 * `delete`, `folder`, `protect` and `scratch`.
 */

export * from "../sdk/assemblyscript/exports";
export {
  pulp_on_call,
  pulp_on_call_error_len,
  pulp_on_call_error_ptr,
} from "../sdk/assemblyscript/providers";

import {
  chmod,
  FAILED,
  listFolder,
  makeFolder,
  makeTempFile,
  makeTempFolder,
  NOT_THERE,
  readFile,
  REFUSED,
  removeAll,
  removeFile,
  rename,
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

/** `{from, to}`: gives a file or a folder another path. */
provide("move", (call: Call): void => {
  const from = call.args.get("from");
  const to = call.args.get("to");
  if (!from.isStr || !to.isStr) {
    call.fail("move takes {from, to}");
    return;
  }
  const code = rename(from.text, to.text);
  if (code != 0) call.fail(problem("move", from.text, code));
});

/** A path, or `{path}`: removes a file, or a folder that is empty. */
provide("delete", (call: Call): void => {
  const path = pathOf(call.args);
  if (path === null) {
    call.fail("delete takes a path, or {path}");
    return;
  }
  const code = removeFile(path);
  if (code != 0) call.fail(problem("delete", path, code));
});

/** A path, or `{path}`: makes the folder, and those above it. */
provide("folder", (call: Call): void => {
  const path = pathOf(call.args);
  if (path === null) {
    call.fail("folder takes a path, or {path}");
    return;
  }
  const code = makeFolder(path);
  if (code != 0) call.fail(problem("make", path, code));
});

/** A path, or `{path}`: only the user that runs the host may read and write it. */
provide("protect", (call: Call): void => {
  const path = pathOf(call.args);
  if (path === null) {
    call.fail("protect takes a path, or {path}");
    return;
  }
  const code = chmod(path, 0o600);
  if (code != 0) call.fail(problem("protect", path, code));
});

/** `{folder?}` → the path of a file, or folder, with a name of its own. */
provide("scratch", (call: Call): void => {
  const made = call.args.get("folder").asBool()
    ? makeTempFolder("", "*")
    : makeTempFile("", "*.txt");
  if (made.code != 0) call.fail(problem("make", "tmp", made.code));
  else call.reply.str(made.path);
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
