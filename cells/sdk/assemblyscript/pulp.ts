/**
 * The host functions in use. The compiler names the imported module after
 * this file, so the file must be called `pulp`; a decorator that says so
 * would not survive `deno fmt`. What a cell does not call is not imported.
 */

export declare function log_write(level: u32, ptr: u32, length: u32): u32;

export declare function entropy_read(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function pulp_call(
  targetPtr: u32,
  targetLength: u32,
  namePtr: u32,
  nameLength: u32,
  argsPtr: u32,
  argsLength: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function sqlite_exec(
  sqlPtr: u32,
  sqlLength: u32,
  paramsPtr: u32,
  paramsLength: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function sqlite_query(
  sqlPtr: u32,
  sqlLength: u32,
  paramsPtr: u32,
  paramsLength: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function http_register(ptr: u32, length: u32): u32;

export declare function http_listen(ptr: u32, length: u32): u32;

export declare function http_respond(ptr: u32, length: u32): u32;

export declare function http_respond_stream(ptr: u32, length: u32): u32;

export declare function http_fetch(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function http_fetch_begin(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function http_fetch_read(
  idLow: u32,
  idHigh: u32,
  most: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function http_fetch_close(idLow: u32, idHigh: u32): u32;

export declare function fs_read(
  pathPtr: u32,
  pathLength: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function fs_write(
  pathPtr: u32,
  pathLength: u32,
  dataPtr: u32,
  dataLength: u32,
  ptr: u32,
  length: u32,
): u32;

export declare function fs_delete(pathPtr: u32, pathLength: u32): u32;

export declare function fs_remove_all(pathPtr: u32, pathLength: u32): u32;

export declare function fs_list(
  pathPtr: u32,
  pathLength: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function fs_stat(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function fs_rename(ptr: u32, length: u32): u32;

export declare function fs_mkdir_all(ptr: u32, length: u32): u32;

export declare function fs_chmod(ptr: u32, length: u32): u32;

export declare function fs_create_temp(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function fs_mkdir_temp(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function udp_listen(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function udp_send(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function udp_close(ptr: u32, length: u32): u32;

export declare function process_run(ptr: u32, length: u32): u32;

export declare function process_result(
  id: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function process_cancel(id: u32): u32;

export declare function process_pending(): u32;

export declare function ws_register(pathPtr: u32, pathLength: u32): u32;

export declare function ws_send(ptr: u32, length: u32): u32;

export declare function ws_close(ptr: u32, length: u32): u32;

export declare function sse_register(pathPtr: u32, pathLength: u32): u32;

export declare function sse_emit(ptr: u32, length: u32): u32;

export declare function sse_has_subscribers(
  pathPtr: u32,
  pathLength: u32,
  countOut: u32,
): u32;
