/**
 * What the cases of the control socket share.
 *
 * @module
 */

import { jsonToMessage, messageToJson } from "../../src/abi/json.ts";
import { ControlServer } from "../../src/host/control.ts";
import type { ControlledHost } from "../../src/host/control.ts";
import { encodeFrame, readFrame } from "../../src/host/control/frame.ts";
import type { ReportedCell } from "../../src/host/control/messages.ts";
import { TestLogger } from "../../src/testing/cell_folder.ts";

const FOLDER = Deno.env.get("PULP_TEST_FOLDER") ?? "";

/** A path in the folder of the run. Sockets are granted at `0.ctl` to `3.ctl`. */
export function at(name: string): string {
  return `${FOLDER}/${name}`;
}

/** A host that does nothing, keeps what it was asked, and waits if it is told to. */
export class FakeHost implements ControlledHost {
  readonly asked: string[] = [];
  readonly cells: (ReportedCell & { state: string })[] = [];
  /** What each operation waits for. */
  before: Promise<void> = Promise.resolve();

  constructor(...names: string[]) {
    for (const name of names) {
      this.cells.push({ name, state: "ready", steps: 2n ** 53n + 1n });
    }
  }

  status(): readonly ReportedCell[] {
    return this.cells;
  }

  async stopCell(name: string): Promise<void> {
    this.asked.push(`stop ${name}`);
    await this.before;
    for (const cell of this.cells) {
      if (cell.name === name) cell.state = "stopped";
    }
  }

  async reload(name: string): Promise<void> {
    this.asked.push(`reload ${name}`);
    await this.before;
  }

  async shutdown(): Promise<void> {
    this.asked.push("shutdown");
    await this.before;
    for (const cell of this.cells) cell.state = "stopped";
  }
}

/** Opens a server for the time of `use`. */
export async function served(
  host: ControlledHost,
  use: (path: string, server: ControlServer) => Promise<void>,
): Promise<TestLogger> {
  const logger = new TestLogger();
  const path = at("0.ctl");
  await using server = await ControlServer.open(path, host, logger);
  await use(path, server);
  return logger;
}

/** A connection to a socket. */
export function dial(path: string): Promise<Deno.Conn> {
  return Deno.connect({ transport: "unix", path });
}

/** Writes all of some bytes; `false` when the other end is gone. */
export async function write(
  conn: Deno.Conn,
  bytes: Uint8Array,
): Promise<boolean> {
  try {
    while (bytes.length > 0) bytes = bytes.subarray(await conn.write(bytes));
    return true;
  } catch {
    return false;
  }
}

/** Everything up to the end of a connection; the end may be a rude one. */
export async function rest(conn: Deno.Conn): Promise<number[]> {
  const found: number[] = [];
  const piece = new Uint8Array(4096);
  try {
    for (
      let n = await conn.read(piece);
      n !== null;
      n = await conn.read(piece)
    ) found.push(...piece.subarray(0, n));
  } catch (error) {
    if (error instanceof Deno.errors.BadResource) throw error;
  }
  return found;
}

/** Sends bytes as they are, and gives what comes back until the end. */
export async function raw(path: string, bytes: Uint8Array): Promise<number[]> {
  using conn = await dial(path);
  await write(conn, bytes);
  return await rest(conn);
}

/** Sends a message in a frame, and gives the answer as JSON. The connection must end behind it. */
export async function say(path: string, message: Uint8Array): Promise<string> {
  using conn = await dial(path);
  await write(conn, encodeFrame(message));
  const answer = messageToJson(await readFrame(conn));
  const more = await rest(conn);
  if (more.length > 0) throw new Error(`${more.length} bytes behind a reply`);
  return answer;
}

/** The same for a message that is given as JSON. */
export function sayJson(path: string, json: string): Promise<string> {
  return say(path, jsonToMessage(json));
}

/** A frame of a message that is given as JSON. */
export function frame(json: string): Uint8Array {
  return encodeFrame(jsonToMessage(json));
}
