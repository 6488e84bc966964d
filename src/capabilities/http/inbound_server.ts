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
import type { SseEndpoint } from "../sse/endpoint.ts";
import {
  SSE_LIMITS,
  type SseCell,
  SseHub,
  type SseLimits,
} from "../sse/sse_hub.ts";
import { SseRoutes } from "../sse/sse_routes.ts";
import type { WsEndpoint } from "../ws/endpoint.ts";
import { WS_LIMITS, WsHub, type WsLimits } from "../ws/ws_hub.ts";
import { CellGate, type GateLimits } from "./cell_gate.ts";
import { type Front, type RouteTarget, UPGRADE } from "./front.ts";
import { isToken } from "./header_text.ts";
import { parseIp } from "../net/ip_address.ts";
import {
  type ListenAddress,
  parseListenAddress,
} from "../net/listen_address.ts";
import {
  entryHolds,
  entryNames,
  type NetEntry,
  normalName,
  parseNetEntry,
} from "../net/net_list.ts";
import { Places } from "./places.ts";
import type { ListenerLimits } from "./server.ts";

const HTTP = "transport.http.inbound";
const WS = "transport.ws.inbound";
const SSE = "transport.sse";

/** `http_listen`: the cell has routes already, or another address. */
const TOO_LATE = 6;

/** What the server needs of a cell. */
export type InboundCell =
  & Pick<CellContext, "spec" | "env" | "logger" | "deliver">
  & SseCell;

/** One instance of a cell, as the server knows it. Methods return codes of the contract. */
export interface InboundInstance {
  /** As `http_register`. */
  register(method: string, path: string): number;
  /** As `http_listen`. */
  listen(address: string): number;
  /** Answers a request; `false` when the instance has none of that id that waits. */
  answer(id: bigint, answer: Answer): boolean;
  /** Its WebSocket connections. */
  readonly ws: WsEndpoint;
  /** Its SSE subscribers. */
  readonly sse: SseEndpoint;
  /**
   * Ends the instance and its connections: its routes stay, and answer 503.
   * With `successor`, requests wait until that settles, and are then routed
   * again. Twice is fine.
   */
  close(successor?: Promise<void>): void;
}

/** An instance whose requests come straight from the listener. */
export interface ServedInstance extends InboundInstance {
  /** What comes from now on waits until `successor` settles, and is routed again; what is there goes on. */
  leave(successor: Promise<void>): void;
  /** Takes what comes: undoes `leave`. */
  enter(): void;
}

/** Takes requests from clients to cells, and answers back. */
export interface Inbound {
  /** Takes on an instance of a cell; the same again for the same one. */
  open(cell: InboundCell): InboundInstance;
  /** Stops listening, once the requests that are there were answered. */
  close(): Promise<void>;
}

/** Limits that a test or an embedder may set otherwise; the defaults are those of `LIMITS`. */
export type InboundLimits = Partial<GateLimits & ListenerLimits> & {
  readonly ws?: Partial<WsLimits>;
  readonly sse?: Partial<SseLimits>;
};

/** What an instance of a cell did. */
interface Instance {
  readonly gate: CellGate;
  readonly ws: WsHub;
  readonly sse: SseHub;
  readonly sseRoutes: SseRoutes;
  /** The address of its own that it asked for. */
  own: string | undefined;
  /** The address that it has routes on. */
  routed: string | undefined;
}

/** A server with listeners of its own. */
export class InboundServer implements Inbound {
  readonly #limits: GateLimits & ListenerLimits;
  readonly #wsLimits: WsLimits;
  readonly #sseLimits: SseLimits;
  readonly #places: Places;
  /** By cell: several capabilities of one share its instance. */
  readonly #open = new Map<
    InboundCell,
    { readonly served: ServedInstance; readonly instance: Instance }
  >();
  /** Instances whose WebSocket clients still take their leave. */
  readonly #leaving = new Set<Promise<void>>();
  #lastId = 0;
  #lastConnId = 0;

  /** Listens nowhere yet: the first route opens the shared listener. */
  constructor({ ws, sse, ...limits }: InboundLimits = {}) {
    this.#limits = {
      waiting: LIMITS.httpWaiting,
      answerMs: LIMITS.httpAnswerMs,
      bodyBytes: LIMITS.httpBodyBytes,
      bodiesBytes: LIMITS.httpBodiesBytes,
      bodyIdleMs: LIMITS.httpBodyIdleMs,
      goodbyeMs: LIMITS.httpGoodbyeMs,
      answersBytes: LIMITS.httpAnswersBytes,
      ...limits,
    };
    this.#wsLimits = { ...WS_LIMITS, ...ws };
    this.#sseLimits = { ...SSE_LIMITS, ...sse };
    this.#places = new Places(this.#limits);
  }

  /** See {@linkcode Inbound.open}. */
  open(cell: InboundCell): ServedInstance {
    const known = this.#open.get(cell);
    if (known !== undefined) return known.served;
    const instance = this.#instance(cell);
    const served: ServedInstance = {
      register: (method, path) => this.#register(cell, instance, method, path),
      listen: (address) => this.#listen(cell, instance, address.trim()),
      answer: (id, answer) => instance.gate.answer(id, answer),
      ws: {
        register: (path) => this.#registerWs(cell, instance, path),
        send: (...frame) => instance.ws.send(...frame),
        close: (...end) => instance.ws.close(...end),
      },
      sse: {
        register: (path) => this.#registerSse(cell, instance, path),
        emit: (path, frame) =>
          instance.sseRoutes.covers(path)
            ? instance.sse.emit(path, frame)
            : CODE.failed,
        subscribers: (path) => instance.sse.subscribers(path),
      },
      leave: (successor) => instance.gate.leave(successor),
      enter: () => instance.gate.enter(),
      close: (successor) => {
        if (!this.#open.delete(cell)) return;
        instance.gate.close(successor);
        instance.sse.shut();
        instance.ws.shut("cell shut down");
        const left: Promise<void> = instance.ws.left().then(() => {
          this.#leaving.delete(left);
        });
        this.#leaving.add(left);
      },
    };
    this.#open.set(cell, { served, instance });
    return served;
  }

  /**
   * Drops the routes of a cell that lead to instances which are gone, and the
   * listeners that nobody has routes on then or has asked for. `shared` is the
   * address of the one that stays.
   */
  async sweep(cell: string, shared: string): Promise<void> {
    const inUse = new Set([shared]);
    for (const { instance: { own } } of this.#open.values()) {
      if (own !== undefined) inUse.add(own);
    }
    await this.#places.sweep(cell, inUse);
  }

  /** What comes from now on waits until `successor` settles, and is routed again; what is there goes on. */
  leave(successor: Promise<void>): void {
    for (const { served } of this.#open.values()) served.leave(successor);
  }

  /** See {@linkcode Inbound.close}. */
  async close(): Promise<void> {
    for (const { served } of [...this.#open.values()]) served.close();
    let timer: ReturnType<typeof setTimeout> | undefined;
    // A client that does not read never takes its leave.
    const late = new Promise<void>((resolve) =>
      timer = setTimeout(resolve, LIMITS.wsGoodbyeMs)
    );
    await Promise.race([Promise.all(this.#leaving), late]);
    clearTimeout(timer);
    this.#leaving.clear();
    await this.#places.close();
  }

  /** Where it listens now, as `host:port`, the real port for 0. */
  addresses(): string[] {
    return this.#places.addresses();
  }

  #instance(cell: InboundCell): Instance {
    let isNew = true;
    const dropStale = (): void => {
      if (isNew) this.#dropStale(cell.spec, instance);
      isNew = false;
    };
    const instance: Instance = {
      gate: new CellGate(
        cell,
        { next: () => ++this.#lastId },
        this.#limits,
        dropStale,
      ),
      ws: new WsHub(
        cell,
        { next: () => ++this.#lastConnId },
        this.#wsLimits,
        dropStale,
      ),
      sse: new SseHub(cell, this.#sseLimits),
      sseRoutes: new SseRoutes(),
      own: undefined,
      routed: undefined,
    };
    return instance;
  }

  #register(
    cell: InboundCell,
    instance: Instance,
    methodText: string,
    path: string,
  ): number {
    const method = methodText.trim().toUpperCase();
    if (!isToken(method)) {
      return refuse(cell, HTTP, path, "the method is blank or malformed");
    }
    // Where the cell emits events, that is what a GET is for.
    if (method === "GET" && instance.sseRoutes.has(path)) return CODE.ok;
    const { gate } = instance;
    const target = { gate, ws: undefined, sse: undefined };
    return this.#route(cell, instance, HTTP, method, path, target);
  }

  #registerWs(cell: InboundCell, instance: Instance, path: string): number {
    const { gate, ws } = instance;
    const target = { gate, ws, sse: undefined };
    return this.#route(cell, instance, WS, UPGRADE, path, target);
  }

  #registerSse(cell: InboundCell, instance: Instance, path: string): number {
    const { gate, sse } = instance;
    const target = { gate, ws: undefined, sse };
    const code = this.#route(cell, instance, SSE, "GET", path, target);
    if (code === CODE.ok) instance.sseRoutes.add(path);
    return code;
  }

  #route(
    cell: InboundCell,
    instance: Instance,
    capability: string,
    method: string,
    path: string,
    target: RouteTarget,
  ): number {
    if (!path.startsWith("/")) {
      return refuse(cell, capability, path, "the path does not start with /");
    }
    const most = LIMITS.httpRouteChars;
    if (path.length > most) {
      const why = `the path is over ${most} characters`;
      return refuse(cell, capability, path, why);
    }
    const segments = LIMITS.httpRouteSegments;
    // The table has a node for each, and a request may lead through all of them.
    if (path.split("/").length - 1 > segments) {
      const why = `the path is over ${segments} segments`;
      return refuse(cell, capability, path, why);
    }
    const address = instance.own ?? cell.env.listen;
    const front: Front | undefined = this.#places.bind(address, cell);
    if (front === undefined) return CODE.refused;
    switch (front.add(cell.spec.name, method, path, target)) {
      case "taken":
        return refuse(cell, capability, path, "another cell has it");
      case "full": {
        const why = `the cell has ${LIMITS.httpRoutes} routes`;
        return refuse(cell, capability, path, why);
      }
      case "added":
        instance.routed = address;
        cell.logger.log("debug", "http route registered", { method, path });
        return CODE.ok;
    }
  }

  #listen(cell: InboundCell, instance: Instance, address: string): number {
    if (address === "") return CODE.failed;
    if (instance.routed !== undefined) return TOO_LATE;
    if (instance.own !== undefined) {
      return instance.own === address ? CODE.ok : TOO_LATE;
    }
    if (!mayListen(cell.spec, cell.env, address)) {
      cell.logger.log("warn", "http listen not allowed", {
        capability: HTTP,
        addr: address,
        error: `Cannot listen on "${address}": the manifest does not list it`,
        hint: `add to the manifest: [permissions] net = ["${address}"]`,
      });
      return CODE.notAllowed;
    }
    if (this.#places.bind(address, cell) === undefined) {
      return CODE.refused;
    }
    instance.own = address;
    return CODE.ok;
  }

  #dropStale({ name }: CellSpec, { gate, routed }: Instance): void {
    if (routed !== undefined) this.#places.get(routed)?.dropStale(name, gate);
  }
}

/** Says why a route is not registered. */
function refuse(
  { logger }: InboundCell,
  capability: string,
  path: string,
  why: string,
): number {
  logger.log("warn", "http route refused", {
    capability,
    path: path.slice(0, 200),
    error: `Cannot register the route: ${why}`,
  });
  return CODE.failed;
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
