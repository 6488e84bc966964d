/**
 * What one address serves: the routes of its cells, and which cell a request
 * goes to. Knows nothing of sockets, so that requests may come from a listener
 * here or from another thread.
 *
 * @module
 */

import { type Answer, ANSWERS, redirectTo } from "./answer.ts";
import type { SseHub } from "../sse/sse_hub.ts";
import type { WsHub } from "../ws/ws_hub.ts";
import type { CellGate } from "./cell_gate.ts";
import { parseQuery, parseTarget } from "./request_target.ts";
import { type Registration, type RouteParams, RouteTable } from "./router.ts";

/**
 * What a route leads to: to an instance's gate, unless it is one for
 * WebSocket connections or for SSE subscribers.
 */
export interface RouteTarget {
  readonly gate: CellGate;
  readonly ws: WsHub | undefined;
  readonly sse: SseHub | undefined;
}

/** The method under which WebSocket routes stand; no request can have one with a space. */
export const UPGRADE = "GET websocket";

/** Where a request goes. */
export interface Routed extends RouteTarget {
  /** As the cell registered it: GET also for a HEAD that it doesn't know. */
  readonly method: string;
  /** Decoded. */
  readonly path: string;
  readonly params: RouteParams;
  readonly query: ReadonlyMap<string, string>;
}

/** The routes of one address. */
export class Front {
  readonly #routes: RouteTable<RouteTarget>;

  /** `routesPerCell`: routes of one cell. */
  constructor(routesPerCell: number) {
    this.#routes = new RouteTable(routesPerCell);
  }

  /** Sends what matches to a cell's instance; see {@linkcode RouteTable.add}. */
  add(
    cell: string,
    method: string,
    pattern: string,
    target: RouteTarget,
  ): Registration {
    return this.#routes.add(cell, method, pattern, target);
  }

  /** Drops the routes of a cell that its former instances registered and this one did not. */
  dropStale(cell: string, current: CellGate): void {
    this.#routes.remove(cell, ({ gate }) => gate !== current);
  }

  /** Drops the routes of a cell whose instances are gone; whether any cell has routes left. */
  sweep(cell: string): boolean {
    this.#routes.remove(cell, ({ gate }) => gate.isClosed);
    return this.#routes.size > 0;
  }

  /**
   * Finds the cell for a request, or the answer if there is none to ask.
   * `host` is the field of that name, if there is one; `isUpgrade`: it asks
   * for a WebSocket connection, for which there are routes apart.
   */
  route(
    method: string,
    url: string,
    host: string | undefined,
    isUpgrade = false,
  ): Routed | Answer {
    // Deno puts the URL together from this field: no slash may hide in it.
    if (host !== undefined && /[/?#@\\]/.test(host)) return ANSWERS.badRequest;
    const target = parseTarget(url);
    if (target === undefined) return ANSWERS.badRequest;
    const { path, search, cleaned } = target;
    if (cleaned !== undefined) return redirectTo(cleaned, method);
    const match = (isUpgrade ? this.#routes.match(UPGRADE, path) : undefined) ??
      this.#routes.match(method, path);
    if (match !== undefined) {
      const { target: { gate, ws, sse }, params } = match;
      const query = parseQuery(search);
      return { gate, ws, sse, method, path, params, query };
    }
    // Who serves GET serves HEAD: the same answer, of which the head is sent.
    const get = method === "HEAD" && this.#routes.match("GET", path);
    return get
      ? {
        ...get.target,
        method: "GET",
        path,
        params: get.params,
        query: parseQuery(search),
      }
      : ANSWERS.notFound;
  }
}
