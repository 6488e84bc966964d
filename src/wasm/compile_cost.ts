/**
 * What V8 will need to make code of a function.
 *
 * A few bytes can stand for megabytes of machine code: a call that moves a
 * thousand values, a branch where fifty thousand locals are in use. V8 ends
 * the process when the code of one function passes 512 MiB, or when it gets no
 * memory for its own work, so a module that asks for that is refused.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { BLOCK } from "./instruction_cursor.ts";
import type { TypeTable } from "./types.ts";

/** A value of an exception is taken apart into pieces of 16 bits. */
const EXCEPTION_VALUE_COST = 12;

/** V8 keeps about a kilobyte for each block that is open. */
const BLOCK_COST = 16;

/**
 * What V8 takes at the most while it optimises a function, in bytes: for each
 * byte of its code, each block, each check that is written in, and each
 * indirect call, which has a check. Measured with V8 15.
 */
const OPTIMISED_CODE_BYTES = 1024;
const OPTIMISED_BLOCK_BYTES = 2048;
const OPTIMISED_POINT_BYTES = 8192;
const OPTIMISED_INDIRECT_CALL_BYTES = 4096;

/** What the cost depends on beside the instructions. */
export interface CostContext {
  readonly types: TypeTable;
  /** The type index of each function, imported ones first. */
  readonly functionTypes: readonly number[];
}

/**
 * Adds up the cost of functions, one after the other. The unit is a value that
 * is moved, or that V8 has to remember the place of: at most 16 bytes of code
 * and 24 bytes of memory while the function is compiled.
 */
export class CompileCost {
  /**
   * How many values are on the stack. Too many behind an unconditional branch,
   * where V8 makes no code.
   */
  height = 0;
  readonly #context: CostContext;
  /** For each open block: the heights at which its parts begin, and behind it. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #locals = 0;
  /** The most values that a label of the function takes. */
  #arity = 0;
  #ownResults = 0;
  #cost = 0;
  #optimised = 0;
  #bytes = 0;
  #total = 0;

  /** Nothing is spent yet. */
  constructor(context: CostContext) {
    this.#context = context;
  }

  /** The cost of all functions so far. */
  get total(): number {
    return this.#total;
  }

  /** Begins a function of so many bytes, with so many locals beside its parameters. */
  begin(functionIndex: number, locals: number, bytes: number): void {
    const { types, functionTypes } = this.#context;
    const type = functionTypes[functionIndex] ?? -1;
    this.#locals = locals + types.paramCount(type);
    this.#ownResults = types.resultCount(type);
    this.#arity = this.#ownResults;
    this.#cost = this.#locals;
    this.#optimised = bytes * OPTIMISED_CODE_BYTES;
    this.#bytes += bytes;
    this.height = 0;
    this.#starts.length = 0;
    this.#ends.length = 0;
  }

  /** Ends the function. Throws `PulpError` `module` when it, or all so far, cost too much. */
  end(functionIndex: number): void {
    if (this.#cost > LIMITS.moduleFunctionCost) {
      throw tooMuch(
        `function ${functionIndex} makes V8 keep track of ${this.#cost} ` +
          `values, more than ${LIMITS.moduleFunctionCost}`,
      );
    }
    if (this.#optimised > LIMITS.moduleOptimisedBytes) {
      throw tooMuch(
        `to optimise function ${functionIndex} V8 may take ` +
          `${this.#optimised} bytes of memory, more than ` +
          `${LIMITS.moduleOptimisedBytes}`,
      );
    }
    this.#total += this.#cost;
    if (this.#total > LIMITS.moduleCost) {
      throw tooMuch(
        `its functions up to ${functionIndex} make V8 keep track of ` +
          `${this.#total} values, more than ${LIMITS.moduleCost}`,
      );
    }
    // V8 ends the process when the machine code of all modules passes 4 GiB.
    if (this.#bytes > LIMITS.moduleCodeBytes) {
      throw tooMuch(
        `its functions up to ${functionIndex} have ${this.#bytes} bytes, ` +
          `more than ${LIMITS.moduleCodeBytes}`,
      );
    }
  }

  /** A block, loop, if or try with that type: an index or one of {@linkcode BLOCK}. */
  open(type: number): void {
    const { types } = this.#context;
    this.branch();
    const params = type < 0 ? 0 : types.paramCount(type);
    const results = type < 0
      ? Number(type === BLOCK.oneResult)
      : types.resultCount(type);
    // Already whoever validates makes room for them.
    this.#cost += BLOCK_COST + results;
    this.#optimised += OPTIMISED_BLOCK_BYTES;
    this.#arity = Math.max(this.#arity, params, results);
    this.#starts.push(this.height);
    this.#ends.push(this.height - params + results);
  }

  /** An else or catch_all. */
  turn(): void {
    this.#restart(0);
  }

  /** A catch of an exception with so many values. */
  caught(values: number): void {
    this.#restart(values);
    this.exception(values);
  }

  /** The end of a block. */
  close(): void {
    this.#starts.pop();
    this.height = this.#ends.pop() ?? 0;
  }

  /** A branch, which finds every local and all of the stack in some place. */
  branch(): void {
    this.#cost += this.#locals + Math.max(this.height, 0) + 1;
  }

  /** A branch that may lead anywhere: V8 looks at each value that its label takes, also where it makes no code. */
  jump(): void {
    this.branch();
    this.#cost += this.#arity;
  }

  /** A place where a check goes in, or may. */
  point(): void {
    this.branch();
    this.#optimised += OPTIMISED_POINT_BYTES;
  }

  /** A table of branches; labels that occur again cost no code. */
  branchTable(labels: number): void {
    const different = Math.min(labels, this.#starts.length) + 1;
    this.#cost += different * (this.#locals + Math.max(this.height, 0) + 1) +
      (labels + 1) * this.#arity;
  }

  /** A return. */
  leave(): void {
    this.#cost += this.#ownResults;
  }

  /** A call of a function by its index. */
  call(functionIndex: number): void {
    this.callType(this.#context.functionTypes[functionIndex] ?? -1);
  }

  /** A call of a function of that type. */
  callType(type: number): void {
    const { types } = this.#context;
    const params = types.paramCount(type);
    const results = types.resultCount(type);
    this.#cost += manyCost(params) + manyCost(results);
    this.height += results - params;
  }

  /** A call through a table or a reference, of a function of that type. */
  indirectCall(type: number): void {
    this.callType(type);
    this.#optimised += OPTIMISED_INDIRECT_CALL_BYTES;
  }

  /** An exception with so many values is made or taken apart. */
  exception(values: number): void {
    this.#cost += values * EXCEPTION_VALUE_COST;
  }

  /** An object with so many fields is made, out of so many values. */
  object(fields: number, values: number): void {
    this.#cost += fields;
    this.height += 1 - values;
  }

  #restart(values: number): void {
    this.height = (this.#starts.at(-1) ?? 0) + values;
    this.branch();
  }
}

/** Many values of a call take more than their number of times as long as one. */
function manyCost(values: number): number {
  return values + (values * values >> 8);
}

function tooMuch(what: string): PulpError {
  return new PulpError("module", `Cannot compile the module: ${what}`, {
    hint: "build it with optimisation, or split that function",
  });
}
