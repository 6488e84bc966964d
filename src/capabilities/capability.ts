/**
 * What a capability is, and what it gets to work with.
 *
 * @module
 */

import type { Logger } from "../logger.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import type { GuestMemory } from "./guest_memory.ts";

/** Where the host keeps and offers things; the same for every cell of a host. */
export interface HostEnv {
  /** Absolute path of the folder below which each cell has one of its own. */
  readonly storageRoot: string;
  /** `host:port` of the shared HTTP listener. */
  readonly listen: string;
  /** Folder of the modules that the cells' workers are made of, when they load extensions. Deno has to be able to read it. */
  readonly workerModules?: string;
  /** Whether the host watches the folders of manifests and modules. Deno has to let them be read then. */
  readonly watch?: boolean;
  /** Extension modules by their `file:` URLs; each thread that has cells loads them. */
  readonly extensions?: readonly string[];
  /** Absolute paths of the files with certificate and key. Deno has to be able to read them. */
  readonly tlsFiles?: TlsPair;
  /** Certificate and key of the listeners, in PEM: they serve https then, and nothing else. */
  readonly tls?: TlsPair;
}

/** A certificate, with those of the authorities between it and the root, and its key. */
export interface TlsPair {
  /** The certificate, or its file. */
  readonly cert: string;
  /** The key, or its file. */
  readonly key: string;
}

/** How a cell may import a host function: all parameters and the result are `i32`. */
export interface ImportShape {
  /** The numbers of parameters in use, one for each generation of the signature. */
  readonly params: readonly number[];
  /** Whether the function may wait: it is then bound through JSPI. */
  readonly suspending?: boolean;
}

/** The functions of a capability by name. A stub of the same shape returns 99. */
export type ImportShapes = Readonly<Record<string, ImportShape>>;

/**
 * A host function. Arguments are the guest's `i32`s, signed; pointers and
 * lengths go through {@linkcode GuestMemory}, which checks them. The result
 * is a code of the contract, a whole number of 32 bits; a promise only where
 * the shape is `suspending`. Absent parameters of an older signature are
 * `undefined`. What is thrown, and what is no code, is code 4 for the guest and
 * a record `host function failed`.
 */
export type HostCall = (...args: number[]) => number | Promise<number>;

/** How the step that took an event ended. */
export interface StepOutcome {
  /** Absent when the step ended well, whatever it returned. */
  readonly error?: unknown;
}

/** Calls from one cell to the others of its set. Who calls is known by which object it is. */
export interface SiblingCalls {
  /**
   * Calls `name` of `target` with raw bytes. Gives the bytes of the answer, or
   * a code of the contract: 11 no declared link, 4 failed. A promise only
   * where the capability was made to wait for one. A call that holds the
   * thread has to let it go when `caller` was stopped.
   */
  call(
    target: string,
    name: string,
    args: Uint8Array,
    caller: Pick<CellContext, "isStopped">,
  ): Uint8Array | number | Promise<Uint8Array | number>;
}

/** One cell, as its capabilities see it. Everything in it is the cell's own. */
export interface CellContext {
  /** What the manifest says. */
  readonly spec: CellSpec;
  /** Where the host keeps and offers things. */
  readonly env: HostEnv;
  /** Writes records that carry the cell's name. */
  readonly logger: Logger;
  /** The guest's memory, checked at each access. */
  readonly memory: GuestMemory;
  /** Aborted when this instance ends, for whatever reason, or runs out of time. */
  readonly signal: AbortSignal;
  /**
   * Whether the guest was told to stop: it ran out of time, or exited. Known
   * also while a host function runs, when `signal` can't have changed yet.
   * None is entered any more then; one that does several things, one after
   * the other, asks in between.
   */
  isStopped(): boolean;
  /** Set before the instance ends when another will take its place: settles when that is there. */
  readonly successor?: Promise<void> | undefined;
  /** Links to the other cells of the set; absent for a cell that runs alone. */
  readonly siblings?: SiblingCalls;
  /**
   * Hands an event to `pulp_step`, behind whatever the cell does now, and
   * throws nothing. `kind` and the payload make the map of the contract's
   * section 2.
   *
   * @param payload exactly one MessagePack value, such as a map; no bytes are
   * nil. It is not checked: anything else makes the event one that no cell can
   * read. With `kind` at most `LIMITS.stepBytes`, 52 MiB
   * @param done runs once: in the turn in which the step ended, or behind what
   * runs when the event can't reach the guest any more. Its error is that of
   * `Cell.step`; `closed` when the guest never got the event, `usage` when it
   * is too large. It must not throw itself
   */
  deliver(
    kind: string,
    payload: Uint8Array,
    done: (outcome: StepOutcome) => void,
  ): void;
  /**
   * Runs `release` when this instance ends; the last one registered runs
   * first. One that fails, or takes more than `LIMITS.teardownMs` (15 s), is a
   * record `release failed`, and the next one runs.
   */
  onClose(release: () => void | Promise<void>): void;
}

/**
 * A capability: a name that manifests declare, and the imports that it binds.
 *
 * What one of your own throws in `permissions`, `setup`, `imports` or
 * `teardown`, and a result of another shape, becomes a `PulpError` with the
 * name of the capability and the `cause`: `permission` where Deno denied
 * something (`NotCapable`), otherwise `host`. A `PulpError` stays as it is.
 */
export interface Capability {
  /** Such as `storage.sqlite`. */
  readonly name: string;
  /** Every function of it, bound or stubbed. */
  readonly stubs: ImportShapes;
  /**
   * What the capability needs of Deno for this cell. Absent = nothing. Asked
   * for each verdict: when it throws, so do `Registry.verdict`, `load` and
   * `Host.start`, and nothing is started.
   */
  permissions?(spec: CellSpec, env: HostEnv): readonly PermissionRequest[];
  /**
   * Binds the functions for one instance of one cell. One entry for each name
   * in `stubs`. Runs once for an instance whose manifest declares the
   * capability, or whose module imports a function that every cell gets. When
   * it throws, the instance does not start, and `teardownCell` is not run for
   * it; what it gave to `onClose` is.
   */
  imports(cell: CellContext): Readonly<Record<string, HostCall>>;
  /**
   * Runs once for a registry, before the first cell that gets the capability is
   * made. Each worker has a registry of its own. There `call_timeout_ms` of the
   * cell holds: a worker that is late is given up. In `load` nothing bounds it
   * but the `signal`. When it fails, so does the start of that cell; it is
   * tried again with the next cell, and `teardown` does not run for it.
   */
  setup?(env: HostEnv): void | Promise<void>;
  /**
   * Runs after an instance of a cell ended, behind all that it gave to
   * `onClose`, and under the same rule: a failure, or more than
   * `LIMITS.teardownMs` (15 s), is a record `release failed`.
   */
  teardownCell?(cell: CellContext): void | Promise<void>;
  /**
   * Runs once, where `setup` was well: when the worker stops that the registry
   * is in, or `Registry.teardown` is called. It may take `LIMITS.teardownMs`
   * (15 s). Who asked for the end is told of a failure, once all other
   * capabilities were torn down. The worker of a `call` or a `step` has 15 s
   * for all of its end.
   */
  teardown?(): void | Promise<void>;
}
