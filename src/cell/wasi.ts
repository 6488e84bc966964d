/**
 * `wasi_snapshot_preview1` for a cell: no arguments, no folders, stdin at its
 * end, stdout and stderr into the log, real clocks and randomness.
 *
 * Every function checks ranges first and does a bounded amount of work: a
 * guest names counts and lengths, and none of them is believed.
 *
 * @module
 */

import type { LinearMemory } from "./memory.ts";
import type { LineWriter } from "./line_writer.ts";

/** Error numbers of WASI preview 1, those in use. */
const ERRNO = {
  success: 0,
  badf: 8,
  fault: 21,
  intr: 27,
  inval: 28,
  nosys: 52,
  notsup: 58,
  spipe: 70,
} as const;

/** The most vectors that one call may name (the usual IOV_MAX). */
const MOST_VECTORS = 1024;
/** The most bytes that one call writes or fills; callers go on with the rest. */
const MOST_BYTES = 1 << 16;
const MOST_SUBSCRIPTIONS = 1024;
const CHARACTER_DEVICE = 2;
const RIGHT_READ = 1n << 1n;
const RIGHT_WRITE = 1n << 6n;

/** Thrown through the guest by `proc_exit`. */
export class ProcExit extends Error {
  /** The code that the guest gave. */
  readonly status: number;

  /** Makes the exit with a status. */
  constructor(status: number) {
    super(`exit ${status}`);
    this.name = "ProcExit";
    this.status = status;
  }
}

/** What WASI needs of its cell. */
export interface WasiHost {
  /** The memory; only asked for once the guest runs. */
  readonly memory: () => LinearMemory;
  /** `NAME=value` entries. */
  readonly environ: readonly string[];
  readonly stdout: LineWriter;
  readonly stderr: LineWriter;
  /** Blocks this thread for a time, in milliseconds. */
  readonly sleep: (ms: number) => void;
  /** Whether the guest is to end: what takes long gives up then. */
  readonly stopped: () => boolean;
  /** Told about an exit before it unwinds the guest, which may catch it. */
  readonly onExit: (exit: ProcExit) => void;
}

/** A function of WASI: integers in, an error number out. */
export type WasiFunction = (...args: (number | bigint)[]) => number;

/** Every function of preview 1, for one instance. */
export function wasiImports(host: WasiHost): Record<string, WasiFunction> {
  const open = [true, true, true];
  const encoder = new TextEncoder();
  const environ = host.environ.map((entry) => encoder.encode(`${entry}\0`));

  const isOpen = (fd: number | bigint | undefined): boolean =>
    open[Number(fd)] === true;
  const bad = (): number => ERRNO.badf;
  const forStandard = (errno: number): WasiFunction => (fd) =>
    isOpen(fd) ? errno : ERRNO.badf;

  const functions: Record<
    string,
    (memory: LinearMemory, ...args: number[]) => number
  > = {
    args_sizes_get: (m, count, size) => store(m, [[count, 0], [size, 0]]),
    args_get: () => ERRNO.success,
    environ_sizes_get: (m, count, size) =>
      store(m, [[count, environ.length], [
        size,
        environ.reduce((sum, e) => sum + e.length, 0),
      ]]),
    environ_get: (m, pointers = 0, start = 0) => {
      let at = start >>> 0;
      for (const [i, entry] of environ.entries()) {
        if (
          !m.holds(at, entry.length) ||
          !m.writeU32((pointers >>> 0) + 4 * i, at)
        ) return ERRNO.fault;
        m.bytes.set(entry, at);
        at += entry.length;
      }
      return ERRNO.success;
    },
    clock_res_get: (m, id = 0, out = 0) =>
      id >>> 0 > 3
        ? ERRNO.inval
        : storeU64(m, out, id === 0 ? 1_000_000n : 1_000n),
    random_get: (m, ptr = 0, len = 0) => {
      if (!m.holds(ptr, len)) return ERRNO.fault;
      const end = (ptr >>> 0) + (len >>> 0);
      const bytes = m.bytes;
      for (let at = ptr >>> 0; at < end; at += MOST_BYTES) {
        // 4 GiB take seconds.
        if (host.stopped()) return ERRNO.intr;
        const part = new Uint8Array(Math.min(MOST_BYTES, end - at));
        bytes.set(crypto.getRandomValues(part), at);
      }
      return ERRNO.success;
    },
    fd_write: (m, fd, vectors = 0, count = 0, written = 0) => {
      const writer = fd === 1
        ? host.stdout
        : fd === 2
        ? host.stderr
        : undefined;
      if (writer === undefined || !isOpen(fd)) return ERRNO.badf;
      const parts = readVectors(m, vectors, count);
      if (typeof parts === "number") return parts;
      let total = 0;
      for (const { ptr, len } of parts) {
        const bytes = m.read(ptr, Math.min(len, MOST_BYTES - total));
        if (bytes === undefined) return ERRNO.fault;
        writer.write(bytes);
        total += bytes.length;
        if (total === MOST_BYTES) break;
      }
      return store(m, [[written, total]]);
    },
    fd_read: (m, fd, vectors = 0, count = 0, read = 0) => {
      if (fd !== 0 || !isOpen(fd)) return ERRNO.badf;
      const parts = readVectors(m, vectors, count);
      return typeof parts === "number" ? parts : store(m, [[read, 0]]);
    },
    fd_close: (_m, fd = -1) => {
      if (!isOpen(fd)) return ERRNO.badf;
      open[fd] = false;
      return ERRNO.success;
    },
    fd_fdstat_get: (m, fd = -1, out = 0) => {
      if (!isOpen(fd)) return ERRNO.badf;
      if (!m.holds(out, 24)) return ERRNO.fault;
      const at = out >>> 0;
      m.bytes.fill(0, at, at + 24);
      // A character device without the right to seek is a terminal to libc,
      // which then flushes at each line instead of at an exit that never comes.
      m.view.setUint8(at, CHARACTER_DEVICE);
      m.view.setBigUint64(at + 8, fd === 0 ? RIGHT_READ : RIGHT_WRITE, true);
      return ERRNO.success;
    },
    fd_filestat_get: (m, fd = -1, out = 0) => {
      if (!isOpen(fd)) return ERRNO.badf;
      if (!m.holds(out, 64)) return ERRNO.fault;
      const at = out >>> 0;
      m.bytes.fill(0, at, at + 64);
      m.view.setUint8(at + 16, CHARACTER_DEVICE);
      return ERRNO.success;
    },
    poll_oneoff: (m, subscriptions = 0, events = 0, count = 0, stored = 0) =>
      poll(
        m,
        subscriptions >>> 0,
        events >>> 0,
        count >>> 0,
        stored,
        host.sleep,
      ),
    sched_yield: () => ERRNO.success,
    proc_raise: () => ERRNO.notsup,
    proc_exit: (_m, status = 0) => {
      const exit = new ProcExit(status >>> 0);
      host.onExit(exit);
      throw exit;
    },
  };

  const imports: Record<string, WasiFunction> = {};
  for (const [name, run] of Object.entries(functions)) {
    imports[name] = (...args) => run(host.memory(), ...(args as number[]));
  }
  imports.clock_time_get = (id, _precision, out) => {
    const now = clockNs(Number(id));
    return now === undefined
      ? ERRNO.inval
      : storeU64(host.memory(), Number(out), now);
  };
  for (const name of UNSUPPORTED_ON_STANDARD) {
    imports[name] = forStandard(ERRNO.spipe);
  }
  for (const name of WITHOUT_EFFECT) imports[name] = forStandard(ERRNO.success);
  for (const name of ALWAYS_BAD) imports[name] = bad;
  return imports;
}

const UNSUPPORTED_ON_STANDARD = [
  "fd_seek",
  "fd_tell",
  "fd_pread",
  "fd_pwrite",
  "fd_allocate",
];
const WITHOUT_EFFECT = [
  "fd_advise",
  "fd_datasync",
  "fd_fdstat_set_flags",
  "fd_fdstat_set_rights",
  "fd_filestat_set_size",
  "fd_filestat_set_times",
  "fd_sync",
];
/** There are no folders, no sockets and no other descriptors. */
const ALWAYS_BAD = [
  "fd_prestat_get",
  "fd_prestat_dir_name",
  "fd_readdir",
  "fd_renumber",
  "path_create_directory",
  "path_filestat_get",
  "path_filestat_set_times",
  "path_link",
  "path_open",
  "path_readlink",
  "path_remove_directory",
  "path_rename",
  "path_symlink",
  "path_unlink_file",
  "sock_accept",
  "sock_recv",
  "sock_send",
  "sock_shutdown",
];

/** The names of all functions of preview 1. */
export const WASI_FUNCTIONS: ReadonlySet<string> = new Set([
  "args_get",
  "args_sizes_get",
  "clock_res_get",
  "clock_time_get",
  "environ_get",
  "environ_sizes_get",
  "fd_close",
  "fd_fdstat_get",
  "fd_filestat_get",
  "fd_read",
  "fd_write",
  "poll_oneoff",
  "proc_exit",
  "proc_raise",
  "random_get",
  "sched_yield",
  ...UNSUPPORTED_ON_STANDARD,
  ...WITHOUT_EFFECT,
  ...ALWAYS_BAD,
]);

/** What `performance.now()` counts from, by the clock of the system. */
let originMs = performance.timeOrigin;

/**
 * The clock of the system, which has milliseconds, with the digits below from
 * the one that only counts. It follows when the clock is set, and never goes
 * back when that does not.
 */
function wallMs(): number {
  const now = performance.now();
  const wall = Date.now();
  const fine = Math.min(Math.max(originMs + now, wall), wall + 0.999);
  originMs = fine - now;
  return fine;
}

function clockNs(id: number): bigint | undefined {
  switch (id) {
    case 0:
      return BigInt(Math.round(wallMs() * 1e3)) * 1000n;
    case 1:
    case 2:
    case 3:
      return BigInt(Math.round(performance.now() * 1e6));
    default:
      return undefined;
  }
}

function store(
  memory: LinearMemory,
  words: [number | undefined, number][],
): number {
  for (const [address, value] of words) {
    if (!memory.writeU32(address ?? 0, value)) return ERRNO.fault;
  }
  return ERRNO.success;
}

function storeU64(
  memory: LinearMemory,
  address: number,
  value: bigint,
): number {
  if (!memory.holds(address, 8)) return ERRNO.fault;
  memory.view.setBigUint64(address >>> 0, value, true);
  return ERRNO.success;
}

function readVectors(
  memory: LinearMemory,
  ptr: number,
  count: number,
): { ptr: number; len: number }[] | number {
  if (count >>> 0 > MOST_VECTORS) return ERRNO.inval;
  if (!memory.holds(ptr, 8 * (count >>> 0))) return ERRNO.fault;
  const view = memory.view;
  const vectors = [];
  for (let i = 0, at = ptr >>> 0; i < count; i++, at += 8) {
    const vector = {
      ptr: view.getUint32(at, true),
      len: view.getUint32(at + 4, true),
    };
    if (!memory.holds(vector.ptr, vector.len)) return ERRNO.fault;
    vectors.push(vector);
  }
  return vectors;
}

/**
 * Waits for the earliest clock. Standard descriptors are always ready: stdin
 * is at its end, and the log takes everything.
 */
function poll(
  memory: LinearMemory,
  subscriptions: number,
  events: number,
  count: number,
  stored: number | undefined,
  sleep: (ms: number) => void,
): number {
  if (count === 0 || count > MOST_SUBSCRIPTIONS) return ERRNO.inval;
  if (
    !memory.holds(subscriptions, 48 * count) ||
    !memory.holds(events, 32 * count)
  ) return ERRNO.fault;
  const list = [];
  for (let i = 0; i < count; i++) {
    const at = subscriptions + 48 * i;
    const view = memory.view;
    const type = view.getUint8(at + 8);
    const entry = {
      user: view.getBigUint64(at, true),
      type,
      waitMs: 0,
      errno: 0 as number,
    };
    if (type === 0) {
      const now = clockNs(view.getUint32(at + 16, true));
      const timeout = view.getBigUint64(at + 24, true);
      const absolute = (view.getUint16(at + 40, true) & 1) === 1;
      if (now === undefined) entry.errno = ERRNO.inval;
      else {entry.waitMs = Math.max(
          0,
          Number(absolute ? timeout - now : timeout) / 1e6,
        );}
    } else if (type > 2) entry.errno = ERRNO.inval;
    else if (view.getUint32(at + 16, true) > 2) entry.errno = ERRNO.badf;
    list.push(entry);
  }
  const waitMs = list.reduce(
    (least, entry) => Math.min(least, entry.waitMs),
    Infinity,
  );
  if (waitMs > 0) sleep(waitMs);
  let ready = 0;
  for (const entry of list) {
    if (entry.waitMs > waitMs) continue;
    const at = events + 32 * ready++;
    memory.bytes.fill(0, at, at + 32);
    const view = memory.view;
    view.setBigUint64(at, entry.user, true);
    view.setUint16(at + 8, entry.errno, true);
    view.setUint8(at + 10, entry.type);
  }
  return store(memory, [[stored, ready]]);
}
