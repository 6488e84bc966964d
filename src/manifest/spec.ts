/**
 * What a manifest says, as typed data. Parsed once, handed on whole.
 *
 * @module
 */

/** When the host starts a cell again after its instance ended. */
export type RestartPolicy = "never" | "on_crash" | "always";

/** The `[permissions]` table: each list in the form that Deno's flag takes. */
export interface ManifestPermissions {
  /**
   * Hosts, `host:port` pairs, IP addresses and IPv4 ranges. Absent = every
   * public host for `http_fetch`, every address for `http_listen`, none for
   * `network.udp`.
   */
  readonly net?: readonly string[];
  /** Names of environment variables. Absent = none but `HTTP_PORT` and `TZ`. */
  readonly env?: readonly string[];
  /** Paths. Accepted, without effect: no capability goes by them. */
  readonly read?: readonly string[];
  /** Paths. Accepted, without effect: no capability goes by them. */
  readonly write?: readonly string[];
  /** Programs: bare names, or absolute paths. Absent = none. */
  readonly run?: readonly string[];
}

/** A position in a manifest. */
export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 code units. */
  readonly column: number;
}

/** One cell: everything of its manifest, with defaults filled in. */
export interface CellSpec {
  /** Absolute path of the manifest; relative paths in it start at its folder. */
  readonly manifestPath: string;
  /** The version of the manifest's format: 1. */
  readonly schemaVersion: number;
  /** One path segment of `A-Za-z0-9._-`. */
  readonly name: string;
  /** Free form, never blank. */
  readonly version: string;
  /** Absolute path of the module. */
  readonly wasmPath: string;
  /** 64 lower-case hex digits, when the manifest pins the module. */
  readonly wasmSha256?: string;
  /** What other cells may call. */
  readonly provides: readonly string[];
  /** Names of cells, or of what they provide, that this cell calls. */
  readonly consumes: readonly string[];
  /** Names of cells that must have started before. */
  readonly dependsOn: readonly string[];
  /** Lower-cased names, without repeats, in the manifest's order. */
  readonly capabilities: readonly string[];
  /** Accepted, without effect. */
  readonly hostConsumes: readonly string[];
  /** Accepted, without effect. */
  readonly sharedMemoryGroups: readonly string[];
  /** Accepted, without effect. */
  readonly federatedCallers: readonly string[];
  /** Accepted, without effect. */
  readonly federatedConsumes: readonly string[];
  /** Accepted, without effect: under `run` no cell shares a thread with another. */
  readonly dedicatedThread: boolean;
  /** Accepted, without effect. */
  readonly snapshotable: boolean;
  /** Accepted, without effect. */
  readonly migratable: boolean;
  /** Default `on_crash`. */
  readonly restart: RestartPolicy;
  /** Pages of 64 KiB. */
  readonly maxMemoryPages: number;
  /** One deadline for each entry point, in milliseconds; never 0. */
  readonly callTimeoutMs: number;
  /** What the cell may reach. An empty list allows nothing. */
  readonly permissions: ManifestPermissions;
  /** `[config]` in the encoding that `pulp_init` gets; empty = no config. */
  readonly config: Uint8Array;
  /**
   * Where the manifest's keys are, by name: `capabilities`, `permissions.net`.
   * An item of a list is there under the list's name and its own:
   * `capabilities=storage.sqlite`. Empty for a spec that no file stands behind.
   */
  readonly places: Readonly<Record<string, Place>>;
}
