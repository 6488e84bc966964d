/**
 * Capabilities that are somebody else's code: their shape is checked, and what
 * they throw is said in words of this host.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type {
  PermissionKind,
  PermissionRequest,
} from "../permissions/request.ts";
import type {
  Capability,
  CellContext,
  HostCall,
  HostEnv,
} from "./capability.ts";
import { CONTRACT } from "./contract.ts";
import { inTime } from "../in_time.ts";

/** The functions that a capability may do without. */
const OPTIONAL = ["permissions", "setup", "teardownCell", "teardown"] as const;

/** What a capability may ask for. */
const KINDS: readonly PermissionKind[] = [
  "read",
  "write",
  "net",
  "env",
  "run",
];

/** What was thrown, whatever it is, as a part of a sentence. */
export function thrownText(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message || thrown.name;
  if (typeof thrown === "string") return `it threw "${thrown}"`;
  try {
    return `it threw ${String(thrown)}`;
  } catch {
    // An object may refuse to be a text.
    return "it threw an object";
  }
}

/**
 * What a capability needs of Deno for a cell.
 *
 * @throws {PulpError} when the capability fails, with its name
 */
export function requestsOf(
  capability: Capability,
  spec: CellSpec,
  env: HostEnv,
): readonly PermissionRequest[] {
  try {
    const requests: unknown = capability.permissions?.(spec, env) ?? [];
    if (!Array.isArray(requests)) throw new TypeError("it gave no list");
    const wrong = requests.findIndex((request) => !isRequest(request));
    if (wrong < 0) return requests;
    throw new TypeError(
      `item ${wrong} of its list is not { kind, target, reason }`,
    );
  } catch (cause) {
    throw explained(capability, "permissions", cause);
  }
}

/**
 * Runs `setup` of a capability.
 *
 * @throws {PulpError} when the capability fails, with its name
 */
export async function setUp(
  capability: Capability,
  env: HostEnv,
): Promise<void> {
  try {
    await capability.setup?.(env);
  } catch (cause) {
    throw explained(capability, "setup", cause);
  }
}

/**
 * Runs `teardown` of a capability, which may take `mostMs` milliseconds.
 *
 * @throws {PulpError} when the capability fails, with its name
 */
export async function tearDown(
  capability: Capability,
  mostMs: number,
): Promise<void> {
  try {
    await inTime(capability.teardown?.(), mostMs);
  } catch (cause) {
    throw explained(capability, "teardown", cause);
  }
}

/**
 * The functions of a capability for one instance of a cell.
 *
 * @throws {PulpError} when the capability fails, with its name
 */
export function importsOf(
  capability: Capability,
  context: CellContext,
): Readonly<Record<string, HostCall>> {
  try {
    // It may be a program without types that made it.
    const made: Readonly<Record<string, HostCall>> | null | undefined =
      capability.imports(context);
    if (made === null || made === undefined) {
      throw new TypeError("it gave no functions");
    }
    return made;
  } catch (cause) {
    throw explained(capability, "imports", cause);
  }
}

/**
 * What a function of a capability threw, with the name of both. What the
 * host's own capabilities throw, and what is a `PulpError` already, stays.
 */
function explained(
  { name }: Capability,
  part: "permissions" | "setup" | "imports" | "teardown",
  cause: unknown,
): unknown {
  if (cause instanceof PulpError || Object.hasOwn(CONTRACT, name)) return cause;
  const isDenied = cause instanceof Deno.errors.NotCapable;
  const why = `${part}() failed: ${thrownText(cause)}`;
  return new PulpError(
    isDenied ? "permission" : "host",
    part === "teardown"
      ? `Cannot tear down capability "${name}" of an extension: ${why}`
      : `Cannot set up capability "${name}" of an extension: ${why}`,
    isDenied
      ? { cause, hint: "its permissions() has to ask for what it needs" }
      : { cause },
  );
}

/**
 * Holds what an extension registers against what a capability is.
 *
 * @throws {PulpError} `usage` that names the first part that is not as it has to be
 */
export function checkCapability(
  capability: unknown,
  action: "register" | "add" = "register",
): void {
  const fault = faultOf(capability);
  if (fault === undefined) return;
  const name = isObject(capability) ? capability["name"] : undefined;
  throw new PulpError(
    "usage",
    `Cannot ${action} ${
      typeof name === "string" && name !== ""
        ? `capability "${name}"`
        : "a capability"
    }: ${fault}`,
    {
      hint: "it takes { name, stubs, imports }; docs/library.md has an example",
    },
  );
}

function faultOf(capability: unknown): string | undefined {
  if (!isObject(capability)) return "it is not an object";
  const { name, stubs, imports } = capability;
  if (typeof name !== "string" || name.trim() === "") {
    return "its name is not a text, or blank";
  }
  if (!isObject(stubs)) return "its stubs are not an object";
  for (const [function_, shape] of Object.entries(stubs)) {
    const fault = shapeFault(shape);
    if (fault !== undefined) return `stub "${function_}": ${fault}`;
  }
  if (typeof imports !== "function") return "its imports is not a function";
  const wrong = OPTIONAL.find((part) =>
    capability[part] !== undefined && typeof capability[part] !== "function"
  );
  return wrong === undefined ? undefined : `its ${wrong} is not a function`;
}

function shapeFault(shape: unknown): string | undefined {
  if (!isObject(shape)) return "it is not an object";
  const { params, suspending } = shape;
  const isCounts = Array.isArray(params) && params.length > 0 &&
    params.every((count) => Number.isInteger(count) && count >= 0);
  if (!isCounts) {
    return "params is not a list of numbers of parameters, such as [2]";
  }
  return suspending === undefined || typeof suspending === "boolean"
    ? undefined
    : "suspending is neither true nor false";
}

function isRequest(value: unknown): value is PermissionRequest {
  if (!isObject(value)) return false;
  const { kind, target, grants, reason } = value;
  return (KINDS as readonly unknown[]).includes(kind) &&
    [target, grants].every((it) =>
      it === undefined || typeof it === "string"
    ) &&
    typeof reason === "string";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
