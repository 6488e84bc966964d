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

export declare function http_respond(ptr: u32, length: u32): u32;

export declare function http_fetch(
  ptr: u32,
  length: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;
