/**
 * The database of one instance of a cell: opened late, closed with it.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import type { CellContext } from "../capability.ts";
import { SqlConnection } from "./connection.ts";
import { isSqliteError, SqlFailure, sqlFailureOf } from "./failure.ts";
import { cellFolder } from "../storage_folder.ts";
import { prepareStorage, storageFailure } from "./storage.ts";

/** What the database takes of its cell. */
export type DatabaseContext = Pick<
  CellContext,
  "spec" | "env" | "logger" | "isStopped"
>;

/** Opens the database when it is first used, and again after it broke. */
export class CellDatabase {
  readonly #cell: DatabaseContext;
  #connection: SqlConnection | undefined;
  #closed = false;
  #warned = "";

  /** Opens nothing yet. */
  constructor(cell: DatabaseContext) {
    this.#cell = cell;
  }

  /**
   * Runs `work` with the open connection.
   *
   * @throws {SqlFailure} when it can't be opened, or `work` fails.
   */
  use<T>(work: (connection: SqlConnection) => T): T {
    const connection = this.#connection ??= this.#open();
    try {
      return work(connection);
    } catch (error) {
      const failure = sqlFailureOf(error);
      if (
        failure.code === CODE.sqliteBusy || failure.code === CODE.sqliteReadOnly
      ) this.#warn(failure);
      if (connection.broken) {
        this.#connection = undefined;
        connection.close();
      }
      throw failure;
    }
  }

  /** Closes the database for good. A transaction that is open is rolled back. */
  close(): void {
    this.#closed = true;
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
  }

  #open(): SqlConnection {
    const { spec: { name }, env: { storageRoot } } = this.#cell;
    if (this.#closed) {
      throw new SqlFailure(
        `Cannot use the database of "${name}": it is closed`,
      );
    }
    try {
      return new SqlConnection(
        prepareStorage(storageRoot, name),
        () => this.#cell.isStopped(),
      );
    } catch (error) {
      const failure = isSqliteError(error)
        ? sqlFailureOf(error)
        : storageFailure(error, name, cellFolder(storageRoot, name));
      this.#warn(failure);
      throw failure;
    }
  }

  /** Writes a record, unless the last one said the same. */
  #warn({ message }: SqlFailure): void {
    if (message === this.#warned) return;
    this.#warned = message;
    const { logger, spec, env } = this.#cell;
    logger.log("warn", "database unavailable", {
      path: cellFolder(env.storageRoot, spec.name),
      err: message,
    });
  }
}
