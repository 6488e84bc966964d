/**
 * The import object of one instance.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import type { CellContext, HostCall } from "../capabilities/capability.ts";
import type { Capability } from "../capabilities/capability.ts";
import type { Registry } from "../capabilities/registry.ts";
import { importsOf } from "../capabilities/own_capability.ts";
import { messageOf, PulpError } from "../errors.ts";
import { PULP_MODULE, WASI_MODULE } from "./import_modules.ts";
import type { CompiledCell } from "./compile.ts";
import { suspendingImport } from "./jspi.ts";
import { ProcExit, type WasiFunction } from "./wasi.ts";

/** An import object, and whether anything in it may suspend the guest. */
export interface BoundImports {
  readonly imports: WebAssembly.Imports;
  /** Whether entry points have to go through JSPI. */
  readonly suspending: boolean;
}

/**
 * Binds exactly what the module imports: granted capabilities, stubs for the
 * rest of what the host knows, WASI, and a memory when it asks for one.
 *
 * @param onBound told of each capability that has made its functions
 */
export function bindImports(
  compiled: CompiledCell,
  registry: Registry,
  context: CellContext,
  wasi: Record<string, WasiFunction>,
  onBound: (capability: Capability) => void,
): BoundImports {
  const calls = new Map<Capability, Readonly<Record<string, HostCall>>>();
  const callsOf = (
    capability: Capability,
  ): Readonly<Record<string, HostCall>> => {
    const known = calls.get(capability);
    if (known !== undefined) return known;
    const made = importsOf(capability, context);
    calls.set(capability, made);
    onBound(capability);
    return made;
  };
  // What is declared is set up, imported or not: a listener opens, a folder is made.
  for (const name of context.spec.capabilities) {
    const capability = registry.get(name);
    if (capability !== undefined) callsOf(capability);
  }

  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  let suspending = false;
  const put = (
    from: string,
    name: string,
    value: WebAssembly.ImportValue,
  ): void => {
    (imports[from] ??= Object.create(null) as Record<
      string,
      WebAssembly.ImportValue
    >)[name] = value;
  };
  for (const { module: from, name, kind } of compiled.imports) {
    if (kind === "memory") {
      put(from, name, makeMemory(compiled));
    } else if (from === WASI_MODULE) {
      const fn = wasi[name];
      if (fn !== undefined) put(from, name, fn);
    } else if (from === PULP_MODULE) {
      const binding = registry.binding(context.spec, name);
      if (binding === undefined) continue;
      if (binding.bound === undefined) {
        put(from, name, () => CODE.notBound);
        continue;
      }
      const call = callsOf(binding.bound)[name];
      if (typeof call !== "function") {
        throw new PulpError(
          "host",
          `Cannot bind "${name}": ${binding.capability} names it but does not provide it`,
          {
            hint: "its imports() has to give a function for each of its stubs",
          },
        );
      }
      if (binding.shape.suspending === true) {
        suspending = true;
        put(
          from,
          name,
          suspendingImport(settled(name, call, context)),
        );
      } else put(from, name, guarded(name, call, context));
    }
  }
  return { imports, suspending };
}

/** A host function that throws is an error for its cell, and only a code for the guest. */
function guarded(
  name: string,
  call: HostCall,
  context: CellContext,
): (...args: number[]) => number {
  return (...args) => {
    // Out of a host function that took too long a guest comes to the next one
    // before its next check. Its thread may have been given up, and another
    // instance be there: nothing of what it still does may count.
    if (context.isStopped()) throw new TypeError("the guest was stopped");
    try {
      const code: unknown = call(...args);
      return isCode(code) ? code : failed(name, noCode(code), context);
    } catch (error) {
      return failed(name, error, context);
    }
  };
}

function settled(
  name: string,
  call: HostCall,
  context: CellContext,
): (...args: number[]) => Promise<number> {
  return async (...args) => {
    let code: number;
    if (context.isStopped()) throw new TypeError("the guest was stopped");
    try {
      const result: unknown = await call(...args);
      code = isCode(result) ? result : failed(name, noCode(result), context);
    } catch (error) {
      code = failed(name, error, context);
    }
    if (!context.signal.aborted) return code;
    // The deadline has passed while the guest waited. Going on, it could call
    // the host up to its next check, and nobody watches it any more. A promise
    // of its own, so that nothing holds the guest's stack.
    return await new Promise<never>(() => {});
  };
}

/** Whether it is what a guest gets as it is. V8 makes 0, which is "ok", of much else. */
function isCode(value: unknown): value is number {
  return typeof value === "number" &&
    ((value | 0) === value || value >>> 0 === value);
}

/** Why what a host function gave is no code. */
function noCode(value: unknown): TypeError {
  if (value instanceof Promise) {
    // Nobody waits for it; one that is rejected would end the process.
    value.catch(() => {});
    return new TypeError(
      "it gave a promise, and its stub does not say suspending: true",
    );
  }
  const what = typeof value === "number" ? String(value) : typeof value;
  return new TypeError(`it gave no code, but ${what}`);
}

function failed(name: string, error: unknown, context: CellContext): number {
  if (error instanceof ProcExit) throw error;
  context.logger.log("error", "host function failed", {
    function: name,
    err: messageOf(error),
  });
  return CODE.failed;
}

function makeMemory(compiled: CompiledCell): WebAssembly.Memory {
  const memory = compiled.memories.find((memory) => memory.imported);
  if (memory === undefined) {
    throw new TypeError("Cannot make a memory: the module imports none");
  }
  return new WebAssembly.Memory({
    initial: memory.minPages,
    maximum: memory.maxPages,
    shared: memory.shared,
  });
}
