/** Calls to other cells of the set. Name them in `consumes` or `depends_on`. */

import { pulp_call } from "./pulp";
import { lengthOut, pointerOut, takeResponse } from "./response";
import { encodeUtf8 } from "./utf8";

export class SiblingResult {
  /** 0, 4 the target failed or is not there, 11 no declared link. */
  code: u32 = 0;
  bytes: Uint8Array = new Uint8Array(0);
}

/** Calls `name` of the cell `target`; arguments and result are MessagePack. */
export function callCell(
  target: string,
  name: string,
  args: Uint8Array,
): SiblingResult {
  const targetBytes = encodeUtf8(target);
  const nameBytes = encodeUtf8(name);
  const result = new SiblingResult();
  result.code = pulp_call(
    <u32> targetBytes.dataStart,
    targetBytes.length,
    <u32> nameBytes.dataStart,
    nameBytes.length,
    <u32> args.dataStart,
    args.length,
    pointerOut(),
    lengthOut(),
  );
  if (result.code == 0) result.bytes = takeResponse();
  return result;
}
