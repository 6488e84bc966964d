/** Where the host puts its answers: two words, and the block that they name. */

// Two words of static memory; no host function is entered twice at a time.
const words: usize = memory.data(8, 4);

/** Address for the pointer of an answer. Clears both words. */
export function pointerOut(): u32 {
  store<u64>(words, 0);
  return <u32> words;
}

/** Address for the length of an answer. */
export function lengthOut(): u32 {
  return <u32> words + 4;
}

/** Takes the answer of the call that just returned, and frees the host's block. */
export function takeResponse(): Uint8Array {
  const ptr = load<u32>(words);
  const length = load<u32>(words, 4);
  const bytes = new Uint8Array(<i32> length);
  if (length != 0) memory.copy(bytes.dataStart, ptr, length);
  if (ptr != 0) heap.free(ptr);
  return bytes;
}
