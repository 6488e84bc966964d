/**
 * From the positional values of a request to the parameters of a statement.
 *
 * @module
 */

import type { SqlValue } from "../../abi/sqlite.ts";
import { SqlFailure } from "./failure.ts";
import type { Binding } from "./node_sqlite.ts";

/** Where each parameter of a statement takes its value from. */
export interface ParameterLayout {
  /** How many values the statement needs. */
  readonly needed: number;
  /** How many parameters it has, counted as SQLite does. */
  readonly count: number;
  /** In the order of SQLite's numbers; absent when each takes the value of its own number. */
  readonly slots?: readonly Slot[];
}

/** The largest number of a parameter that SQLite compiles. */
const MOST = 32_766;

interface Slot {
  /** Position of the value, from 0. */
  readonly value: number;
  /** For a parameter that is bound by its name. */
  readonly name?: string;
}

/**
 * Numbers the parameters as SQLite does. `?` takes the value of its own
 * number, `?7`, `$7`, `:7` and `@7` the seventh, and a name the value at the
 * place of its first appearance.
 *
 * @throws {SqlFailure} for a number that no parameter has in SQLite
 */
export function layoutOf(variables: readonly string[]): ParameterLayout {
  const slots: Slot[] = [];
  const named = new Map<string, number>();
  for (const variable of variables) {
    const number = variable.slice(1);
    if (variable === "?") slots.push({ value: slots.length });
    else if (variable.startsWith("?")) {
      const index = Number(number) - 1;
      if (index >= MOST) {
        throw new SqlFailure(
          `Cannot bind parameter ${variable}: ?${MOST} is the last one`,
        );
      }
      while (slots.length <= index) slots.push({ value: slots.length });
    } else if (!named.has(variable)) {
      named.set(variable, slots.length);
      slots.push({
        name: variable,
        value: /^[1-9]\d*$/.test(number) ? Number(number) - 1 : slots.length,
      });
    }
  }
  const needed = slots.reduce(
    (most, { value }) => Math.max(most, value + 1),
    0,
  );
  return {
    needed,
    count: slots.length,
    ...named.size === 0 ? {} : { slots },
  };
}

/**
 * The arguments that bind `values`. Values that no parameter takes are left
 * out, as in the host that cells were written for.
 *
 * @throws {SqlFailure} when there are too few.
 */
export function bindingsOf(
  { needed, count, slots }: ParameterLayout,
  values: readonly SqlValue[],
): readonly Binding[] {
  if (values.length < needed) {
    throw new SqlFailure(
      `Cannot bind parameter ${values.length + 1}: the statement takes ` +
        `${needed}, ${values.length} given`,
    );
  }
  if (slots === undefined) {
    return values.length === count ? values : values.slice(0, count);
  }
  const byName: Record<string, SqlValue> = Object.create(null);
  const bindings: Binding[] = [byName];
  for (const { value, name } of slots) {
    const bound = values[value] ?? null;
    if (name === undefined) bindings.push(bound);
    else byName[name] = bound;
  }
  return bindings;
}
