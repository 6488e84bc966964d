/**
 * The addresses that are served, each with its routes.
 *
 * @module
 */

import { messageOf } from "../../errors.ts";
import { LIMITS } from "../../limits.ts";
import type { CellContext } from "../capability.ts";
import { Front } from "./front.ts";
import {
  formatListenAddress,
  parseListenAddress,
} from "../net/listen_address.ts";
import { HttpListener, type ListenerLimits } from "./server.ts";

interface Place {
  readonly front: Front;
  readonly listener: HttpListener;
}

/** Addresses that failed and are kept in mind. */
const REMEMBERED = 64;

/** The listeners of one registry, by the address that was asked for. */
export class Places {
  readonly #limits: ListenerLimits;
  readonly #places = new Map<string, Place>();
  /** Addresses whose failure was logged: each route would log it again. */
  readonly #failed = new Set<string>();

  /** Listens nowhere yet. */
  constructor(limits: ListenerLimits) {
    this.#limits = limits;
  }

  /** What is served on an address, if something is. */
  get(text: string): Front | undefined {
    return this.#places.get(text)?.front;
  }

  /** The same, and listens there if nothing does yet. `undefined`, and a record, when that fails. */
  bind(
    text: string,
    { logger, env: { tls } }: Pick<CellContext, "logger" | "env">,
  ): Front | undefined {
    const known = this.get(text);
    if (known !== undefined) return known;
    const front = new Front(LIMITS.httpRoutes);
    try {
      const address = parseListenAddress(text);
      if (address === undefined) throw new TypeError("it is not host:port");
      const listener = new HttpListener(
        address,
        front,
        this.#limits,
        tls,
        (error) =>
          logger.log("error", "http server failed", {
            addr: text,
            error: `Cannot listen on "${text}": ${reasonOf(error)}`,
            hint: "it listens again when that has passed",
          }),
      );
      this.#places.set(text, { front, listener });
      this.#failed.delete(text);
      logger.log("info", "http server started", {
        addr: formatListenAddress(listener.address),
        ...(tls === undefined ? {} : { tls: true }),
      });
      return front;
    } catch (error) {
      if (!this.#failed.has(text)) {
        // A cell may try any number of them.
        if (this.#failed.size === REMEMBERED) this.#failed.clear();
        this.#failed.add(text);
        logger.log("error", "http server failed", {
          addr: text,
          error: `Cannot listen on "${text}": ${reasonOf(error)}`,
          hint: hintOf(error, text),
        });
      }
      return undefined;
    }
  }

  /**
   * Drops the routes of a cell whose instances are gone, and ends the
   * listeners that nobody has routes on then, those on addresses `inUse` aside.
   */
  async sweep(cell: string, inUse: ReadonlySet<string>): Promise<void> {
    const left = [...this.#places].filter(([text, { front }]) =>
      !front.sweep(cell) && !inUse.has(text)
    );
    for (const [text] of left) this.#places.delete(text);
    await Promise.all(left.map(([, { listener }]) => listener.close()));
  }

  /** Where it listens now, as `host:port`. */
  addresses(): string[] {
    return [...this.#places.values()].map(({ listener }) =>
      formatListenAddress(listener.address)
    );
  }

  /** Ends all listeners, after the requests that are there were answered. */
  async close(): Promise<void> {
    const places = [...this.#places.values()];
    this.#places.clear();
    this.#failed.clear();
    await Promise.all(places.map(({ listener }) => listener.close()));
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) return "the address is in use";
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "this machine does not have the address";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "the system lets only administrators listen there";
  }
  if (error instanceof Deno.errors.NotCapable) return "Deno does not grant it";
  return messageOf(error);
}

function hintOf(error: unknown, address: string): string {
  return error instanceof Deno.errors.NotCapable
    ? `run with --allow-net=${address}`
    : "end what listens there, or choose another address with --listen; port 0 is any free one";
}
