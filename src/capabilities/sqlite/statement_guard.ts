/**
 * What SQLite's authorizer sees of the statements that are compiled.
 *
 * @module
 */

import { ACTION, ANSWER, type Authorizer } from "./node_sqlite.ts";
import { type Act, rule } from "./policy.ts";
import { ROW_FUNCTION } from "./row_sql.ts";

/** Actions that change the schema of temporary objects, which has no version. */
const TEMPORARY: ReadonlySet<number> = new Set([
  ACTION.createTempTable,
  ACTION.createTempView,
  ACTION.dropTempTable,
  ACTION.dropTempView,
  ACTION.alterTable,
]);

/** Applies the policy to one connection, and notes what else there is to see. */
export class StatementGuard {
  #keyword = "";
  #refusal: string | undefined;
  #pragma: Act | undefined;
  #asked = 0;
  #compiled = 0;
  #temporary = 0;
  #readsPragma = false;
  /** Whether the SQL that is compiled is the cell's, word for word. */
  foreign = false;

  /** Why the statement that began last was refused, if it was. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  /** The PRAGMA that was compiled last. */
  get pragma(): Act | undefined {
    return this.#pragma;
  }

  /** How often SQLite asked. It does while it compiles, and at no other time. */
  get asked(): number {
    return this.#asked;
  }

  /** How often SQL with the row function was compiled, also by SQLite of its own accord. */
  get compiled(): number {
    return this.#compiled;
  }

  /** Whether the statement that began last reads a PRAGMA as a table: SQLite compiles that when it runs. */
  get readsPragma(): boolean {
    return this.#readsPragma;
  }

  /** How often the schema of temporary objects was about to change. */
  get temporary(): number {
    return this.#temporary;
  }

  /** Gets ready for a statement that starts with `keyword`. */
  begin(keyword: string): void {
    this.#keyword = keyword;
    this.#refusal = undefined;
    this.#readsPragma = false;
  }

  /** The authorizer. */
  readonly authorize: Authorizer = (action, first, second) => {
    this.#asked++;
    if (TEMPORARY.has(action)) this.#temporary++;
    if (action === ACTION.function && second === ROW_FUNCTION) {
      if (this.foreign) {
        return this.#refuse(`Cannot call ${ROW_FUNCTION}(): it is the host's`);
      }
      this.#compiled++;
    }
    if (action === ACTION.read && first?.startsWith("pragma_")) {
      this.#readsPragma = true;
    }
    const act = { action, first, second, keyword: this.#keyword };
    if (action === ACTION.pragma) this.#pragma = act;
    const ruling = rule(act);
    if (typeof ruling === "string") return this.#refuse(ruling);
    return ruling ? ANSWER.allow : ANSWER.ignore;
  };

  #refuse(reason: string): number {
    this.#refusal = reason;
    return ANSWER.deny;
  }
}
