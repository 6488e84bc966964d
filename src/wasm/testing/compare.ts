/**
 * Running a module for what can be seen of it.
 *
 * @module
 */

/**
 * Instantiates a module, calls each export that takes nothing, and gives every
 * result, trap and exported memory as text.
 */
export function observe(
  bytes: Uint8Array<ArrayBuffer>,
  startExport?: string,
  hidden?: string,
): string[] {
  const seen: string[] = [];
  const run = (name: string, action: () => unknown): unknown => {
    try {
      const result = action();
      seen.push(`${name} = ${show(result)}`);
      return result;
    } catch (error) {
      seen.push(`${name} ! ${thrown(error)}`);
      return undefined;
    }
  };
  const module = new WebAssembly.Module(bytes);
  const instance = new WebAssembly.Instance(module, {
    host: { log: (value: unknown) => seen.push(`log ${show(value)}`) },
  });
  const exports = Object.entries(instance.exports)
    .filter(([name]) => name !== hidden && name !== startExport);
  const start = startExport && instance.exports[startExport];
  if (start instanceof Function) start();
  for (const [name, value] of exports) {
    if (value instanceof Function && value.length === 0) {
      run(name, () => value());
    }
  }
  for (const [name, value] of exports) {
    if (value instanceof WebAssembly.Memory) {
      seen.push(`${name}: ${value.buffer.byteLength} ${hash(value.buffer)}`);
    }
    if (value instanceof WebAssembly.Table) {
      seen.push(`${name}: ${value.length} elements`);
    }
    if (value instanceof WebAssembly.Global) {
      seen.push(`${name}: ${show(value.value)}`);
    }
  }
  return seen;
}

function thrown(error: unknown): string {
  return error instanceof Error
    ? `${error.name}: ${error.message}`
    : Object.prototype.toString.call(error);
}

function show(value: unknown): string {
  if (Array.isArray(value)) return value.map(show).join(" ");
  if (Object.is(value, -0)) return "-0";
  return typeof value === "object" && value !== null ? "an object" : `${value}`;
}

function hash(buffer: ArrayBufferLike): number {
  let sum = 0x811c9dc5;
  for (const byte of new Uint8Array(buffer)) {
    sum = Math.imul(sum ^ byte, 0x01000193);
  }
  return sum >>> 0;
}
