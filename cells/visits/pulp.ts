/** The functions of the extension. The file's name is the imported module's. */

export declare function kv_get(
  keyPtr: u32,
  keyLength: u32,
  ptrOut: u32,
  lengthOut: u32,
): u32;

export declare function kv_set(
  keyPtr: u32,
  keyLength: u32,
  valuePtr: u32,
  valueLength: u32,
): u32;
