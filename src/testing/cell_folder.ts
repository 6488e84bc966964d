/**
 * A cell in a folder of its own, for tests.
 *
 * @module
 */

import { join } from "@std/path";
import { readManifest } from "../manifest/parse.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { LogFields, Logger, LogLevel } from "../logger.ts";
import { until } from "./until.ts";

/** A temporary folder that removes itself. */
export class TempDir implements AsyncDisposable {
  /** Its absolute path. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "pulp-" });

  /** A path within the folder. */
  join(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  /** Writes `<name>/pulp.cell.toml` and `<name>/cell.wasm` and reads the manifest back. */
  async cell(name: string, wasm: Uint8Array, manifest = ""): Promise<CellSpec> {
    await Deno.mkdir(this.join(name), { recursive: true });
    await Deno.writeFile(this.join(name, "cell.wasm"), wasm);
    await Deno.writeTextFile(
      this.join(name, "pulp.cell.toml"),
      `name = "${name}"\nversion = "1.0.0"\n${manifest}`,
    );
    return await readManifest(this.join(name));
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}

/** One record that a test's logger took. */
export interface TestRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A logger that keeps its records. */
export class TestLogger implements Logger {
  /** The records so far. */
  readonly records: TestRecord[] = [];

  /** Keeps a record. */
  log(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.records.push({ level, message, fields });
  }

  /** The messages so far. */
  messages(): string[] {
    return this.records.map((record) => record.message);
  }

  /** Waits until a message was logged so many times; the last of those records. */
  async logged(message: string, times = 1): Promise<TestRecord> {
    return await until(
      `"${message}" in the log, ${times} times`,
      () => this.records.filter((it) => it.message === message)[times - 1],
      () => this.messages().join("\n"),
    );
  }
}
