/**
 * `spawn.process`: programs that a cell starts.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import {
  decodeProcessRun,
  encodeProcessResult,
  type ProcessRun,
} from "../abi/process.ts";
import { PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { Capability, CellContext, HostCall } from "./capability.ts";
import { shapesOf } from "./contract.ts";
import { logFailedCall } from "./failed_call.ts";
import { readRequest } from "./guest_request.ts";
import { processNeeds } from "./needs.ts";
import { CellProcesses } from "./process/cell_processes.ts";
import { checkEnvironment, namesPath } from "./process/environment.ts";
import { isBare, ProgramList } from "./process/program_list.ts";
import type { ProgramStart } from "./process/running_program.ts";
import { workingFolder } from "./process/working_folder.ts";
import { cellFolder } from "./storage_folder.ts";

const NAME = "spawn.process";
const FAILED_CALL = { denied: "process not allowed", failed: "process failed" };

/** What `process_run` answers beside the common codes. */
const RUN = Object.freeze({
  noProgram: 4,
  programRefused: 5,
  folderRefused: 6,
  /** The cell runs as many as it may. */
  cellFull: 16,
  /** All cells of the thread together do. */
  hostFull: 17,
});

/** What `process_result` answers. */
const STATUS = Object.freeze({
  pending: 0,
  complete: 1,
  failed: 2,
  unknown: 4,
});

/** Ids are what `process_run` returns, so they start above the codes. */
const FIRST_ID = 100;

/** A `timeout_ms` that stands for no deadline. */
const ENDLESS = 0xffff_ffff;

/**
 * How long a cell that asks after a program which runs waits for an answer. It
 * may ask again and again within one step, and only what happens meanwhile
 * tells the host that the program has ended.
 */
const ASK_MS = 1;

/** What the cells of one registry share. */
interface Shared {
  next: number;
  running: number;
}

/**
 * Makes the capability. `process_run` answers an id from 100 on, or beside the
 * common codes
 *
 * - 4: `argv` is empty, or longer than `LIMITS.processRequestBytes`
 * - 5: a program that `[permissions] run` does not list or Deno does not grant
 * - 6: a folder that is not within the cell's own
 * - 11: an environment variable that makes a program load code, or `PATH` for
 *   a bare name
 * - 16, 17: too many programs run
 *
 * each logged with what to do. A program that is allowed but can't be started
 * has an id and a result with `error`. `process_result` answers the status: 0
 * it runs, 1 it ran to its end, 2 it didn't, 4 unknown or read already. A
 * result that can't be handed over stays. `process_cancel` answers 1 when
 * nothing of that id runs. A cell that waits for a program within one step, by
 * asking until it has ended, sees its end.
 */
export function process(): Capability {
  // At random, so that an id of another thread's cell, or of one that is gone,
  // does not happen to name a program of this cell.
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1));
  const shared: Shared = { next: FIRST_ID + random % 2 ** 30, running: 0 };
  return {
    name: NAME,
    stubs: shapesOf(NAME),
    permissions: processNeeds,
    imports: (cell) => imports(cell, shared),
  };
}

/** Why nothing is started, and what the cell is told. */
class Refusal extends PulpError {
  constructor(readonly answer: number, message: string, hint?: string) {
    super("permission", message, hint === undefined ? {} : { hint });
  }
}

function imports(
  cell: CellContext,
  shared: Shared,
): Readonly<Record<string, HostCall>> {
  const { memory, spec, logger } = cell;
  const programs = new ProgramList(spec.permissions.run);
  const processes = new CellProcesses(logger);
  const folder = cellFolder(cell.env.storageRoot, spec.name);
  cell.onClose(() => processes.close());

  /** What may be started for a request. */
  const prepare = (request: ProcessRun): ProgramStart => {
    const [name = "", ...args] = request.argv;
    const program = programs.find(name);
    if (program === undefined) {
      throw new Refusal(
        RUN.programRefused,
        `Cannot start "${name}": the manifest does not list it`,
        isBare(name) || name.startsWith("/")
          ? `[permissions] run = [${JSON.stringify(name)}]`
          : "list the program by its name or its absolute path",
      );
    }
    refusing(
      CODE.notAllowed,
      () => checkEnvironment(request.env),
    );
    // Deno would look the name up there, and might find another program.
    if (isBare(program) && namesPath(request.env)) {
      throw new Refusal(
        CODE.notAllowed,
        `Cannot pass "PATH" to "${program}": it would decide which program that is`,
        "list the program by its absolute path",
      );
    }
    const cwd = refusing(
      RUN.folderRefused,
      () => workingFolder(folder, request.dir),
    );
    const room = request.timeoutMs === ENDLESS
      ? processes.endless < LIMITS.processesEndless
      : processes.pending < LIMITS.processes;
    if (!room) {
      throw new Refusal(
        RUN.cellFull,
        `Cannot start "${program}": the cell runs as many programs as it may`,
      );
    }
    if (shared.running >= LIMITS.processesTotal) {
      throw new Refusal(
        RUN.hostFull,
        `Cannot start "${program}": ${shared.running} programs run already`,
      );
    }
    return {
      program,
      args,
      cwd,
      env: request.env,
      ...(request.timeoutMs === ENDLESS
        ? {}
        : { timeoutMs: timeoutOf(request.timeoutMs) }),
    };
  };

  const run = (request: ProcessRun): number => {
    const start = prepare(request);
    const id = shared.next;
    try {
      processes.start(id, start, () => shared.running--);
      shared.running++;
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) {
        throw new Refusal(
          RUN.programRefused,
          `Cannot start "${start.program}": Deno does not grant it`,
          `run with --allow-run=${start.program}`,
        );
      }
      // The whole reason may tell paths of the host, so the log has it alone.
      logFailedCall(cell, NAME, FAILED_CALL, error);
      processes.finish(id, {
        exitCode: -1,
        stdout: new Uint8Array(0),
        stderr: new Uint8Array(0),
        error: `it can't be started: ${reasonOf(error)}`,
      });
    }
    shared.next = shared.next === LAST_ID ? FIRST_ID : shared.next + 1;
    return id;
  };

  return {
    process_run: (ptr = 0, len = 0) => {
      const request = readRequest(
        memory,
        ptr,
        len,
        LIMITS.processRequestBytes,
        decodeProcessRun,
      );
      if (typeof request === "number") return request;
      if (request.argv.length === 0) return RUN.noProgram;
      if (cell.signal.aborted) return CODE.failed;
      try {
        return run(request);
      } catch (error) {
        logFailedCall(cell, NAME, FAILED_CALL, error);
        return error instanceof Refusal ? error.answer : CODE.failed;
      }
    },
    process_result: async (id = 0, ptrOut = 0, lenOut = 0) => {
      let outcome = processes.outcome(id >>> 0);
      if (outcome === "pending") {
        await aMoment();
        outcome = processes.outcome(id >>> 0);
      }
      if (outcome === undefined) return STATUS.unknown;
      if (outcome === "pending" || cell.signal.aborted) return STATUS.pending;
      const code = memory.respond(
        encodeProcessResult(outcome),
        ptrOut,
        lenOut,
      );
      if (code === CODE.ok) processes.forget(id >>> 0);
      return outcome.error === undefined ? STATUS.complete : STATUS.failed;
    },
    process_cancel: (id = 0) => processes.cancel(id >>> 0) ? 0 : 1,
    process_pending: async () => {
      const { pending } = processes;
      if (pending > 0) await aMoment();
      return pending;
    },
  };
}

/** From here on an id would be negative to a guest that takes it as signed. */
const LAST_ID = 2 ** 31 - 1;

/** Lets happen what waits to happen. */
function aMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ASK_MS));
}

function timeoutOf(timeoutMs: number): number {
  return timeoutMs === 0
    ? LIMITS.processTimeoutMs
    : Math.min(timeoutMs, LIMITS.processTimeoutMsMost);
}

/** What `job` refuses is refused with `answer`. */
function refusing<T>(answer: number, job: () => T): T {
  try {
    return job();
  } catch (error) {
    if (!(error instanceof PulpError)) throw error;
    throw new Refusal(answer, error.message, error.hint);
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it is not there";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "the system does not let it run";
  }
  return error instanceof TypeError
    ? "an argument holds a NUL"
    : "the system refuses it";
}
