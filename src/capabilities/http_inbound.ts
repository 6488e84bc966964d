/**
 * `transport.http.inbound`: cells that answer HTTP requests.
 *
 * @module
 */

import { CODE } from "../abi/codes.ts";
import {
  decodeHttpListen,
  decodeHttpRegister,
  decodeHttpRespond,
} from "../abi/http.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type { PermissionRequest } from "../permissions/request.ts";
import type {
  Capability,
  CellContext,
  HostCall,
  HostEnv,
} from "./capability.ts";
import { shapesOf } from "./contract.ts";
import { checkAnswer } from "./http/answer.ts";
import { CellGate, type GateLimits } from "./http/cell_gate.ts";
import { readMessage } from "./http/guest_message.ts";
import { isToken } from "./http/header_text.ts";
import { parseIp } from "./http/ip_address.ts";
import {
  formatListenAddress,
  type ListenAddress,
  parseListenAddress,
} from "./http/listen_address.ts";
import {
  entryHolds,
  entryNames,
  type NetEntry,
  normalName,
  parseNetEntry,
} from "./http/net_list.ts";
import { Places } from "./http/places.ts";
import type { BodyLimits } from "./http/request_body.ts";

const NAME = "transport.http.inbound";

/** `http_listen`: the cell has routes already, or another address. */
const TOO_LATE = 6;

/** Limits that a test or an embedder may set otherwise; the defaults are those of `LIMITS`. */
export type HttpInboundOptions = Partial<GateLimits & BodyLimits>;

/** The capability, and what a host may ask of it. */
export interface HttpInbound extends Capability {
  /** Where it listens now, as `host:port`, the real port for 0. */
  addresses(): string[];
}

/** What an instance of a cell did. */
interface Instance {
  readonly gate: CellGate;
  /** The address of its own that it asked for. */
  own: string | undefined;
  /** The address that it has routes on. */
  routed: string | undefined;
}

/**
 * Makes the capability. The cells of one registry share the listener on
 * `HostEnv.listen`, which starts with the first route; `http_listen` gives a
 * cell another one. What it answers beside the common codes:
 *
 * - `http_register` 4: no method or path, too many routes, or the route is
 *   another cell's; 5: the shared listener can't be bound
 * - `http_listen` 4: no address; 5: it can't be bound; 6: the cell has routes
 *   already, or another address; 11: the manifest has a list and not this
 * - `http_respond` 4: no such request of this cell waits, or the answer can't
 *   be sent: a status below 200 or over 599, a malformed header
 * - `http_respond_stream` 4: there are no streams yet
 *
 * While a cell is down its routes answer 503; an instance that follows takes
 * them over by registering them again.
 */
export function httpInbound(options: HttpInboundOptions = {}): HttpInbound {
  const server = new InboundServer(options);
  return {
    name: NAME,
    stubs: shapesOf(NAME),
    permissions: (_spec, env) => permissions(env),
    imports: (cell) => server.imports(cell),
    teardownCell: (cell) => server.drop(cell),
    teardown: () => server.close(),
    addresses: () => server.addresses(),
  };
}

function permissions({ listen }: HostEnv): readonly PermissionRequest[] {
  const address = parseListenAddress(listen);
  const target = address === undefined ? listen : formatListenAddress(address);
  return [{ kind: "net", target, reason: "the HTTP listener" }];
}

/** The state of one registry's capability. */
class InboundServer {
  readonly #limits: GateLimits & BodyLimits;
  readonly #places: Places;
  readonly #instances = new Map<CellContext, Instance>();
  #lastId = 0;

  constructor(options: HttpInboundOptions) {
    this.#limits = {
      waiting: LIMITS.httpWaiting,
      answerMs: LIMITS.httpAnswerMs,
      bodyBytes: LIMITS.httpBodyBytes,
      bodiesBytes: LIMITS.httpBodiesBytes,
      bodyIdleMs: LIMITS.httpBodyIdleMs,
      ...options,
    };
    this.#places = new Places(this.#limits);
  }

  imports(cell: CellContext): Readonly<Record<string, HostCall>> {
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
    this.#instances.set(cell, instance);
    const take = <T>(
      decode: (bytes: Uint8Array) => T,
      use: (request: T) => number,
    ): HostCall =>
    (ptr = 0, len = 0) => {
      const bytes = readMessage(cell.memory, ptr, len, LIMITS.stepBytes);
      if (typeof bytes === "number") return bytes;
      let request: T;
      try {
        request = decode(bytes);
      } catch {
        return CODE.undecodable;
      }
      return use(request);
    };
    return {
      http_register: take(
        decodeHttpRegister,
        ({ method, path }) => this.#register(cell, instance, method, path),
      ),
      http_listen: take(
        decodeHttpListen,
        ({ addr }) => this.#listen(cell, instance, addr.trim()),
      ),
      http_respond: take(decodeHttpRespond, (respond) => {
        const answer = checkAnswer(respond);
        if (typeof answer !== "string") {
          return instance.gate.answer(respond.id, answer)
            ? CODE.ok
            : CODE.failed;
        }
        cell.logger.log("warn", "http answer refused", {
          capability: NAME,
          error: `Cannot send an answer: ${answer}`,
        });
        return CODE.failed;
      }),
      // The body of an outbound stream, of which there are none yet.
      http_respond_stream: () => CODE.failed,
    };
  }

  /** The cell's routes stay, and answer 503. */
  drop(cell: CellContext): void {
    this.#instances.get(cell)?.gate.close();
    this.#instances.delete(cell);
  }

  async close(): Promise<void> {
    for (const { gate } of this.#instances.values()) gate.close();
    this.#instances.clear();
    await this.#places.close();
  }

  addresses(): string[] {
    return this.#places.addresses();
  }

  #register(
    cell: CellContext,
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

  #listen(cell: CellContext, instance: Instance, address: string): number {
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
