/**
 * One permission of Deno that a cell needs, as data.
 *
 * @module
 */

/** The kinds of permission that capabilities ask for. */
export type PermissionKind = "read" | "write" | "net" | "env" | "run";

/** One permission. Without `target` it means the whole kind. */
export interface PermissionRequest {
  /** Which of Deno's permissions. */
  readonly kind: PermissionKind;
  /** A path, `host[:port]`, a variable's name or a program. */
  readonly target?: string;
  /** What of it the cell's worker gets. Default: the target. */
  readonly grants?: string;
  /** Why it is needed, in a few words: `"its database"`. */
  readonly reason: string;
}

/** The flag of `deno run` that grants a request: `--allow-net=127.0.0.1:8080`. */
export function flagOf(request: PermissionRequest): string {
  const flag = `--allow-${request.kind}`;
  return request.target === undefined ? flag : `${flag}=${request.target}`;
}

/** The descriptor with which Deno is asked about a request. */
export function descriptorOf(
  request: PermissionRequest,
): Deno.PermissionDescriptor {
  const { kind, target } = request;
  switch (kind) {
    case "read":
    case "write":
      return target === undefined
        ? { name: kind }
        : { name: kind, path: target };
    case "net":
      return target === undefined
        ? { name: kind }
        : { name: kind, host: target };
    case "env":
      return target === undefined
        ? { name: kind }
        : { name: kind, variable: target };
    case "run":
      return target === undefined
        ? { name: kind }
        : { name: kind, command: target };
  }
}
