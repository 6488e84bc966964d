/**
 * A listener: requests come in from `Deno.serve`, go to the cell that a front
 * names, and answers go out.
 *
 * @module
 */

import type { TlsPair } from "../capability.ts";
import { type Answer, ANSWERS, toResponse } from "./answer.ts";
import type { Front, Routed } from "./front.ts";
import {
  formatListenAddress,
  type ListenAddress,
} from "../net/listen_address.ts";
import { type AnswerLimits, HeldAnswers } from "./held_answers.ts";
import { HeaderReader, type RequestHeaders } from "./request_headers.ts";
import { type BodyLimits, BodyReader, discardBody } from "./request_body.ts";
import { wantsWebSocket } from "../ws/handshake.ts";

const NO_BODY = new Uint8Array(0);

/** How long a listener that failed is left alone. */
const FAILED_MS = 100;

/** What bounds one listener. */
export interface ListenerLimits extends BodyLimits, AnswerLimits {
  /** How long a listener that ends waits for clients to take their answers, in milliseconds. */
  readonly goodbyeMs: number;
}

/** One listener. It comes back by itself when it fails. */
export class HttpListener {
  readonly #front: Front;
  readonly #headers = new HeaderReader();
  readonly #bodies: BodyReader;
  readonly #goodbyeMs: number;
  readonly #answers: HeldAnswers;
  readonly #tls: TlsPair | undefined;
  readonly #onFailure: (error: unknown) => void;
  readonly #address: ListenAddress;
  #server: Deno.HttpServer<Deno.NetAddr>;
  #isClosed = false;
  #again: ReturnType<typeof setTimeout> | undefined;

  /**
   * Binds at once; with `tls` it serves https. Throws what `Deno.serve` throws
   * when it can't. `onFailure` is told when it fails later.
   */
  constructor(
    address: ListenAddress,
    front: Front,
    limits: ListenerLimits,
    tls: TlsPair | undefined,
    onFailure: (error: unknown) => void,
  ) {
    this.#front = front;
    this.#bodies = new BodyReader(limits);
    this.#goodbyeMs = limits.goodbyeMs;
    this.#answers = new HeldAnswers(limits);
    this.#tls = tls;
    this.#onFailure = onFailure;
    this.#server = this.#serve(address);
    const { hostname, port } = this.#server.addr;
    this.#address = { hostname, port };
  }

  /** Where it listens, with the port that was given for 0. */
  get address(): ListenAddress {
    return this.#address;
  }

  #serve(address: ListenAddress): Deno.HttpServer<Deno.NetAddr> {
    const server = Deno.serve(
      {
        ...address,
        // With it browsers and others that offer HTTP/2 get that.
        ...this.#tls,
        onListen: () => {},
        onError: () => toResponse(ANSWERS.noResponse),
      },
      (request, { remoteAddr }) => this.#handle(request, remoteAddr),
    );
    // Deno gives up when there are too many open files: clients would end the host.
    server.finished.catch((error) => this.#failed(error));
    return server;
  }

  /** Waits, as what was in the way may pass, and listens again. */
  #failed(error: unknown): void {
    if (this.#isClosed) return;
    this.#onFailure(error);
    this.#again = setTimeout(() => {
      try {
        this.#server = this.#serve(this.#address);
      } catch (next) {
        this.#failed(next);
      }
    }, FAILED_MS);
  }

  /**
   * Stops listening, and ends when the requests that are there were answered.
   * A client that takes no answer is not waited for: Deno has no way to cut it
   * off once it shuts down.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#again);
    this.#bodies.giveUp();
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, this.#goodbyeMs);
    try {
      await Promise.race([this.#server.shutdown(), late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #handle(
    request: Request,
    remote: Deno.NetAddr,
    hasWaited = false,
  ): Response | Promise<Response> {
    const headers = this.#headers.read(request.headers);
    const { method } = request;
    const send = (answer: Answer): Response =>
      toResponse(answer, method === "HEAD");
    const refuse = (answer: Answer): Response => {
      discardBody(request);
      return send(answer);
    };
    const routed = this.#route(request, headers);
    if (!("gate" in routed)) return refuse(routed);
    // Before anything of the body is read.
    if (routed.gate.isClosed) {
      const { successor } = routed.gate;
      if (successor === undefined || hasWaited) return refuse(ANSWERS.down);
      if (!routed.gate.hold()) return refuse(ANSWERS.queueFull);
      const again = (): Response | Promise<Response> =>
        this.#handle(request, remote, true);
      return successor.then(again, again);
    }
    const { ws, sse, path, query } = routed;
    if (ws !== undefined) return ws.accept(request, { path, query, headers });
    // As asked for, not as registered: a HEAD is no subscriber.
    if (sse !== undefined) return sse.accept(method, path);
    if (routed.gate.isFull) return refuse(ANSWERS.queueFull);
    // Deno gives a GET or HEAD no body, whatever the client sent.
    const answer = method === "GET" || method === "HEAD" ||
        headers.contentLength === "0"
      ? submit(routed, headers, NO_BODY, remote)
      : this.#submitWithBody(request, routed, headers, remote);
    return answer instanceof Promise
      ? answer.then((answer) => this.#respond(answer, method, routed))
      : this.#respond(answer, method, routed);
  }

  #respond(answer: Answer, method: string, { gate }: Routed): Response {
    // Of an answer to a HEAD nobody takes the body.
    return method === "HEAD"
      ? toResponse(answer, true)
      : this.#answers.respond(answer, () => gate.tooSlow());
  }

  #route(
    { method, url }: Request,
    headers: RequestHeaders,
  ): Routed | Answer {
    const isUpgrade = wantsWebSocket(method, headers);
    return this.#front.route(method, url, headers.host, isUpgrade);
  }

  async #submitWithBody(
    request: Request,
    routed: Routed,
    headers: RequestHeaders,
    remote: Deno.NetAddr,
  ): Promise<Answer> {
    const body = await this.#bodies.read(request, headers.contentLength);
    if (!(body instanceof Uint8Array)) return body;
    try {
      const { successor } = routed.gate;
      if (successor === undefined) {
        return await submit(routed, headers, body, remote);
      }
      // While the body came, another instance took its place, or is about to.
      if (!routed.gate.hold()) return ANSWERS.queueFull;
      await successor;
      const next = this.#route(request, headers);
      if (!("gate" in next)) return next;
      return await submit(next, headers, body, remote);
    } finally {
      this.#bodies.release(body.length);
    }
  }
}

function submit(
  { gate, method, path, params, query }: Routed,
  { fields }: RequestHeaders,
  body: Uint8Array,
  remote: Deno.NetAddr,
): Answer | Promise<Answer> {
  return gate.submit({
    method,
    path,
    params,
    query,
    headers: fields,
    body,
    remoteAddr: formatListenAddress(remote),
  });
}
