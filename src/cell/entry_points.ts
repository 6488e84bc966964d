/**
 * What the host hands to the entry points of a guest, and makes of what they
 * return.
 *
 * @module
 */

import { ENVELOPE_HEADER_BYTES, writeEnvelope } from "../abi/envelope.ts";
import { bytesOfName, type Slab } from "../abi/short.ts";
import { PulpError } from "../errors.ts";
import type { Instance } from "./instance.ts";
import type { InstanceOptions } from "./instance_options.ts";
import { lastly, type Maybe, then } from "./maybe.ts";

/** What two out words hold before they are written to. */
const OUT_WORDS = new Uint8Array(8);

/**
 * Hands `[config]` to `pulp_init`.
 *
 * @throws {PulpError} `init` with the guest's own message when it refuses; the
 * guest has ended then
 */
export function initGuest(guest: Instance, config: Uint8Array): Maybe<void> {
  let refusal: string | undefined;
  return lastly(
    () =>
      guest.withBuffers(
        [config],
        ([config]) =>
          then(
            guest.invoke("pulp_init", config!.ptr, config!.len),
            (code) =>
              code === 0
                ? undefined
                : then(guest.errorText("pulp_init_error"), (text) => {
                  refusal = text ?? `pulp_init returned ${code}`;
                }),
          ),
      ),
    // Its buffer was freed by then, as an ended guest could not do it.
    () => {
      if (refusal === undefined) return;
      const message = `Cannot initialise cell "${guest.name}": ${refusal}`;
      const error = new PulpError("init", message);
      guest.end(error);
      throw error;
    },
  );
}

/**
 * Runs `pulp_step` number `number` with an event, or with nothing, and gives
 * the handle that it returned. `onStep` is told when it ended well.
 */
export function stepGuest(
  guest: Instance,
  number: number,
  payload: Uint8Array,
  onStep: InstanceOptions["onStep"],
): Maybe<number> {
  // Without closures, unless the guest waits: this is the way of every request.
  const length = ENVELOPE_HEADER_BYTES + payload.length;
  const ptr = guest.allocate(length);
  return typeof ptr === "number"
    ? stepAt(ptr, length, guest, number, payload, onStep)
    : ptr.then((ptr) => stepAt(ptr, length, guest, number, payload, onStep));
}

function stepAt(
  ptr: number,
  length: number,
  guest: Instance,
  number: number,
  payload: Uint8Array,
  onStep: InstanceOptions["onStep"],
): Maybe<number> {
  writeEnvelope(guest.memory.bytes, ptr, number, Date.now(), payload);
  const handle = guest.invoke("pulp_step", ptr, length) as Maybe<number>;
  const hasEvent = payload.length > 0;
  if (typeof handle !== "number") {
    return handle.then(async (handle) => {
      await guest.free(ptr, length);
      onStep?.(number, hasEvent);
      return handle;
    });
  }
  const freed = guest.free(ptr, length);
  if (freed instanceof Promise) {
    return freed.then(() => {
      onStep?.(number, hasEvent);
      return handle;
    });
  }
  onStep?.(number, hasEvent);
  return handle;
}

/**
 * Calls a function that the guest provides. A response that is used at once
 * may lie in a `slab`.
 *
 * @throws {PulpError} `call` when the guest reports a failure
 */
export function callGuest(
  guest: Instance,
  name: string,
  args: Uint8Array,
  slab?: Slab,
): Maybe<Uint8Array> {
  const fail = (what: string): PulpError =>
    new PulpError(
      "call",
      `Cannot call "${name}" of cell "${guest.name}": ${what}`,
    );
  if (!guest.has("pulp_on_call")) throw fail("it exports no pulp_on_call");
  const inputs = [bytesOfName(name), args, OUT_WORDS];
  return guest.withBuffers(inputs, ([target, input, out]) =>
    then(
      guest.invoke(
        "pulp_on_call",
        target!.ptr,
        target!.len,
        input!.ptr,
        input!.len,
        out!.ptr,
        out!.ptr + 4,
      ),
      (code) => {
        if (code === 0) return guest.takeResponse(out!.ptr, slab);
        return then(guest.errorText("pulp_on_call_error"), (text) => {
          throw fail(text ?? `pulp_on_call returned ${Number(code) >>> 0}`);
        });
      },
    ));
}

/**
 * Runs `pulp_shutdown`. `done` is told as soon as it has run, whatever it
 * returned.
 *
 * @throws {PulpError} `call` when the guest returns non-zero
 */
export function shutDownGuest(guest: Instance, done: () => void): Maybe<void> {
  return then(guest.invoke("pulp_shutdown"), (code) => {
    done();
    if (code === 0) return;
    throw new PulpError(
      "call",
      `Cannot shut down cell "${guest.name}": pulp_shutdown returned ${code}`,
    );
  });
}
