// deno-lint-ignore-file
// @ts-nocheck AssemblyScript: its types are not TypeScript's.

/** Primes below n by the sieve of Eratosthenes. */
export function sieve(n: i32): i32 {
  const composite = new StaticArray<u8>(n + 1);
  let count = 0;
  for (let i = 2; i <= n; i++) {
    if (unchecked(composite[i]) != 0) continue;
    count++;
    for (let j = i + i; j <= n; j += i) unchecked(composite[j] = 1);
  }
  return count;
}

/** FNV-1a over n made-up bytes. */
export function hash(n: i32): i32 {
  let value: u32 = 0x811c9dc5;
  let byte: u32 = 7;
  for (let i = 0; i < n; i++) {
    byte = (byte * 73 + 29) & 255;
    value = (value ^ byte) * 0x01000193;
  }
  return value as i32;
}

/** The product of two n by n matrices, folded. */
export function matrix(n: i32): i32 {
  const a = new StaticArray<f64>(n * n);
  const b = new StaticArray<f64>(n * n);
  const c = new StaticArray<f64>(n * n);
  for (let i = 0; i < n * n; i++) {
    unchecked(a[i] = (i % 7) as f64);
    unchecked(b[i] = (i % 5) as f64);
  }
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum: f64 = 0;
      for (let k = 0; k < n; k++) {
        sum += unchecked(a[i * n + k]) * unchecked(b[k * n + j]);
      }
      unchecked(c[i * n + j] = sum);
    }
  }
  let folded: f64 = 0;
  for (let i = 0; i < n * n; i++) folded += unchecked(c[i]) * (i % 3);
  return folded as i32;
}

function order(list: StaticArray<i32>, from: i32, to: i32): void {
  while (from < to) {
    const pivot = unchecked(list[(from + to) >> 1]);
    let i = from;
    let j = to;
    while (i <= j) {
      while (unchecked(list[i]) < pivot) i++;
      while (unchecked(list[j]) > pivot) j--;
      if (i > j) break;
      const kept = unchecked(list[i]);
      unchecked(list[i++] = list[j]);
      unchecked(list[j--] = kept);
    }
    if (j - from < to - i) {
      order(list, from, j);
      from = i;
    } else {
      order(list, i, to);
      to = j;
    }
  }
}

/** Sorts n numbers. */
export function sort(n: i32): i32 {
  const list = new StaticArray<i32>(n);
  let value: u32 = 12345;
  for (let i = 0; i < n; i++) {
    value = value * 1664525 + 1013904223;
    unchecked(list[i] = (value >> 4) as i32);
  }
  order(list, 0, n - 1);
  return unchecked(list[n >> 1]) ^ unchecked(list[n - 1]);
}

let text: StaticArray<u8> = new StaticArray<u8>(0);
let at: i32 = 0;

function value(): i32 {
  const byte = unchecked(text[at]);
  if (byte == 0x5b) {
    at++;
    let sum = 0;
    while (unchecked(text[at]) != 0x5d) {
      sum += value();
      if (unchecked(text[at]) == 0x2c) at++;
    }
    at++;
    return sum + 1;
  }
  if (byte == 0x22) {
    at++;
    let length = 0;
    while (unchecked(text[at]) != 0x22) {
      length += unchecked(text[at++]);
    }
    at++;
    return length;
  }
  let number = 0;
  while (unchecked(text[at]) >= 0x30 && unchecked(text[at]) <= 0x39) {
    number = number * 10 + unchecked(text[at++]) - 0x30;
  }
  return number;
}

/** Reads a JSON text of n small lists. */
export function json(n: i32): i32 {
  const item = String.UTF8.encode('[12,345,"name",["deeper",6789,[0]]]');
  const size = item.byteLength;
  text = new StaticArray<u8>(n * (size + 1) + 2);
  let length = 0;
  unchecked(text[length++] = 0x5b);
  for (let i = 0; i < n; i++) {
    memory.copy(
      changetype<usize>(text) + length,
      changetype<usize>(item),
      size,
    );
    length += size;
    unchecked(text[length++] = i + 1 < n ? 0x2c : 0x5d);
  }
  at = 0;
  return value();
}

/** The n-th Fibonacci number, by recursion. */
export function recursion(n: i32): i32 {
  return n < 2 ? n : recursion(n - 1) + recursion(n - 2);
}
