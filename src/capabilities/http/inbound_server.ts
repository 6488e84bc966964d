/**
 * The server behind `transport.http.inbound`: listeners, and the cells that
 * have routes on them. The cells may be on this thread or on another.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import { LIMITS } from "../../limits.ts";
import type { CellSpec } from "../../manifest/spec.ts";
import type { CellContext, HostEnv } from "../capability.ts";
import type { Answer } from "./answer.ts";
import { CellGate, type GateLimits } from "./cell_gate.ts";
import { isToken } from "./header_text.ts";
import { parseIp } from "./ip_address.ts";
import { type ListenAddress, parseListenAddress } from "./listen_address.ts";
import {
  entryHolds,
  entryNames,
  type NetEntry,
  normalName,
  parseNetEntry,
} from "./net_list.ts";
import { Places } from "./places.ts";
import type { BodyLimits } from "./request_body.ts";

const NAME = "transport.http.inbound";

/** `http_listen`: the cell has routes already, or another address. */
const TOO_LATE = 6;

/** What the server needs of a cell. */
export type InboundCell = Pick<
  CellContext,
  "spec" | "env" | "logger" | "deliver"
>;

/** One instance of a cell, as the server knows it. Methods return codes of the contract. */
export interface InboundInstance {
  /** As `http_register`. */
  register(method: string, path: string): number;
  /** As `http_listen`. */
  listen(address: string): number;
  /** Answers a request; `false` when the instance has none of that id that waits. */
  answer(id: bigint, answer: Answer): boolean;
  /**
   * Ends the instance: its routes stay, and answer 503. With `successor`,
   * requests wait until that settles, and are then routed again.
   */
  close(successor?: Promise<void>): void;
}

/** Takes requests from clients to cells, and answers back. */
export interface Inbound {
  /** Takes on an instance of a cell. */
  open(cell: InboundCell): InboundInstance;
  /** Stops listening, once the requests that are there were answered. */
  close(): Promise<void>;
  /** Where it listens now, as `host:port`, the real port for 0. */
  addresses(): string[];
}

/** Limits that a test or an embedder may set otherwise; the defaults are those of `LIMITS`. */
export type InboundLimits = Partial<GateLimits & BodyLimits>;

/** What an instance of a cell did. */
interface Instance {
  readonly gate: CellGate;
  /** The address of its own that it asked for. */
  own: string | undefined;
  /** The address that it has routes on. */
  routed: string | undefined;
}

/** A server with listeners of its own. */
export class InboundServer implements Inbound {
  readonly #limits: GateLimits & BodyLimits;
  readonly #places: Places;
  readonly #instances = new Set<Instance>();
  #lastId = 0;

  /** Listens nowhere yet: the first route opens the shared listener. */
  constructor(limits: InboundLimits = {}) {
    this.#limits = {
      waiting: LIMITS.httpWaiting,
      answerMs: LIMITS.httpAnswerMs,
      bodyBytes: LIMITS.httpBodyBytes,
      bodiesBytes: LIMITS.httpBodiesBytes,
      bodyIdleMs: LIMITS.httpBodyIdleMs,
      ...limits,
    };
    this.#places = new Places(this.#limits);
  }

  /** See {@linkcode Inbound.open}. */
  open(cell: InboundCell): InboundInstance {
    const instance: Instance = {
      gate: new CellGate(
        cell,
        { next: () => ++this.#lastId },
        this.#limits,
        () => this.#dropStale(cell.spec, instance),
      ),
      own: undefined,
      routed: undefined,
    };
    this.#instances.add(instance);
    return {
      register: (method, path) => this.#register(cell, instance, method, path),
      listen: (address) => this.#listen(cell, instance, address.trim()),
      answer: (id, answer) => instance.gate.answer(id, answer),
      close: (successor) => {
        instance.gate.close(successor);
        this.#instances.delete(instance);
      },
    };
  }

  /** See {@linkcode Inbound.close}. */
  async close(): Promise<void> {
    for (const { gate } of this.#instances) gate.close();
    this.#instances.clear();
    await this.#places.close();
  }

  /** See {@linkcode Inbound.addresses}. */
  addresses(): string[] {
    return this.#places.addresses();
  }

  #register(
    cell: InboundCell,
    instance: Instance,
    methodText: string,
    path: string,
  ): number {
    const method = methodText.trim().toUpperCase();
    const refuse = (why: string): number => {
      cell.logger.log("warn", "http route refused", {
        capability: NAME,
        method,
        path: path.slice(0, 200),
        error: `Cannot register the route: ${why}`,
      });
      return CODE.failed;
    };
    if (!isToken(method)) return refuse("the method is blank or malformed");
    if (!path.startsWith("/")) return refuse("the path does not start with /");
    if (path.length > LIMITS.httpRouteChars) {
      return refuse(`the path is over ${LIMITS.httpRouteChars} characters`);
    }
    const address = instance.own ?? cell.env.listen;
    const front = this.#places.bind(address, cell.logger);
    if (front === undefined) return CODE.refused;
    switch (front.add(cell.spec.name, method, path, instance.gate)) {
      case "taken":
        return refuse("another cell has it");
      case "full":
        return refuse(`the cell has ${LIMITS.httpRoutes} routes`);
      case "added":
        instance.routed = address;
        cell.logger.log("debug", "http route registered", { method, path });
        return CODE.ok;
    }
  }

  #listen(cell: InboundCell, instance: Instance, address: string): number {
    if (address === "") return CODE.failed;
    if (instance.own === address) return CODE.ok;
    if (instance.routed !== undefined || instance.own !== undefined) {
      return TOO_LATE;
    }
    if (!mayListen(cell.spec, cell.env, address)) {
      cell.logger.log("warn", "http listen not allowed", {
        capability: NAME,
        addr: address,
        error: `Cannot listen on "${address}": the manifest does not list it`,
        hint: `add to the manifest: [permissions] net = ["${address}"]`,
      });
      return CODE.notAllowed;
    }
    if (this.#places.bind(address, cell.logger) === undefined) {
      return CODE.refused;
    }
    instance.own = address;
    return CODE.ok;
  }

  #dropStale({ name }: CellSpec, { gate, routed }: Instance): void {
    if (routed !== undefined) this.#places.get(routed)?.dropStale(name, gate);
  }
}

/** The shared address, and what `[permissions] net` lists, if there is a list. */
function mayListen(spec: CellSpec, env: HostEnv, text: string): boolean {
  const { net } = spec.permissions;
  if (net === undefined || text === env.listen) return true;
  const address = parseListenAddress(text);
  // What can't be read fails when it is bound.
  if (address === undefined) return true;
  return net.map(parseNetEntry).some((entry) =>
    entry !== undefined && covers(entry, address)
  );
}

function covers(entry: NetEntry, { hostname, port }: ListenAddress): boolean {
  const address = parseIp(hostname);
  return address === undefined
    ? entryNames(entry, normalName(hostname), port)
    : entryHolds(entry, address, port);
}
