/**
 * The life of a cell. A cell's entry file re-exports `exports.ts` and says
 * here what it does:
 *
 *     export * from "../sdk/assemblyscript/exports";
 *     onInit((config) => {
 *       route("GET", "/", home);
 *       return null;
 *     });
 */

import { MsgpackReader } from "./msgpack_reader";
import { Value } from "./value";

/** Gets `[config]`, an empty map when there is none. Returns what is wrong, or `null`. */
export type InitHandler = (config: Value) => string | null;

/** Takes the payload of one event. Returns the result of `pulp_step`; 0 is well. */
export type EventHandler = (payload: MsgpackReader, wallTimeNs: u64) => i32;

/** Runs on a step without an event. */
export type TickHandler = (wallTimeNs: u64) => void;

/** Runs when the host stops the cell. */
export type ShutdownHandler = () => i32;

/** What the cell has registered. The exports read it. */
export class Handlers {
  init: InitHandler = (_config: Value): string | null => null;
  tick: TickHandler = (_wallTimeNs: u64): void => {};
  shutdown: ShutdownHandler = (): i32 => 0;
  kinds: string[] = [];
  events: EventHandler[] = [];
}

export const handlers = new Handlers();

/** Sets what `pulp_init` does. */
export function onInit(handler: InitHandler): void {
  handlers.init = handler;
}

/** Sets what an idle step does. */
export function onTick(handler: TickHandler): void {
  handlers.tick = handler;
}

/** Sets what `pulp_shutdown` does. */
export function onShutdown(handler: ShutdownHandler): void {
  handlers.shutdown = handler;
}

/** Sets what handles the events of one kind, such as `http.request`. */
export function onEvent(kind: string, handler: EventHandler): void {
  const index = handlers.kinds.indexOf(kind);
  if (index >= 0) {
    handlers.events[index] = handler;
    return;
  }
  handlers.kinds.push(kind);
  handlers.events.push(handler);
}
