/**
 * Loaded before a program: tells on standard error when that first uses a timer.
 *
 * @module
 */

for (const name of ["setTimeout", "clearTimeout", "setImmediate"] as const) {
  const real = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, {
    configurable: true,
    get(): unknown {
      // deno-lint-ignore no-console -- whoever started the program reads it
      console.error(`used ${name}${new Error().stack}`);
      return real?.get?.call(globalThis) ?? real?.value;
    },
  });
}
