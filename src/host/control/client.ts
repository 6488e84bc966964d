/**
 * The other end of the control socket: asking a host that runs elsewhere.
 *
 * @module
 */

import { messageOf, PulpError } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import { flagsOf, missingControlPermissions } from "./access.ts";
import {
  type ControlReply,
  type ControlRequest,
  decodeReply,
  encodeRequest,
} from "./messages.ts";
import { Peer } from "./peer.ts";

/**
 * Asks the host at a control socket one thing. `path` is absolute; the answer
 * is waited for `withinMs`, default `LIMITS.controlAnswerMs`. Never prompts.
 *
 * @throws {PulpError} `permission` when Deno does not grant the path, `host`
 * when no host answers there, `deadline` when it takes too long
 */
export async function askHost(
  path: string,
  request: ControlRequest,
  withinMs: number = LIMITS.controlAnswerMs,
): Promise<ControlReply> {
  const missing = missingControlPermissions(path);
  if (missing.length > 0) {
    throw new PulpError(
      "permission",
      `Cannot reach a host at "${path}": Deno was not given ${
        flagsOf(missing)
      }`,
    );
  }
  const message = await exchange(path, encodeRequest(request), withinMs);
  try {
    return decodeReply(message);
  } catch (cause) {
    throw new PulpError(
      "host",
      `Cannot read the answer at "${path}": ${messageOf(cause)}`,
      { cause, hint: "what listens there may not be a host" },
    );
  }
}

async function exchange(
  path: string,
  request: Uint8Array,
  withinMs: number,
): Promise<Uint8Array> {
  using peer = await connect(path);
  try {
    await peer.send(request, withinMs);
    return await peer.receive(withinMs);
  } catch (cause) {
    if (cause instanceof PulpError && cause.code === "deadline") {
      throw new PulpError(
        "deadline",
        `Cannot wait for the host at "${path}" any longer: ` +
          `it did not answer in ${withinMs / 1000} s`,
        { cause },
      );
    }
    throw new PulpError(
      "host",
      `Cannot read the answer at "${path}": ` +
        "the connection ended before it was there",
      { cause },
    );
  }
}

async function connect(path: string): Promise<Peer> {
  try {
    return new Peer(await Deno.connect({ transport: "unix", path }));
  } catch (error) {
    const known = why(error, path);
    throw new PulpError(
      "host",
      `Cannot reach a host at "${path}": ${known ?? messageOf(error)}`,
      known === undefined ? { cause: error } : {},
    );
  }
}

function why(error: unknown, path: string): string | undefined {
  if (error instanceof Deno.errors.NotFound) return "there is no such socket";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "the socket belongs to another user";
  }
  if (!(error instanceof Deno.errors.ConnectionRefused)) return undefined;
  return isSocket(path)
    ? "nobody listens on it any more"
    : "it is not a socket";
}

function isSocket(path: string): boolean {
  try {
    return Deno.statSync(path).isSocket === true;
  } catch {
    return false;
  }
}
