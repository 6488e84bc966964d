/**
 * The SSE subscribers of one instance of a cell.
 *
 * @module
 */

import { CODE } from "../../abi/codes.ts";
import { LIMITS } from "../../limits.ts";
import type { Logger } from "../../logger.ts";
import { Backlog, Frame } from "./backlog.ts";
import { PING } from "./frame.ts";
import { type QueueLimits, Subscriber } from "./subscriber.ts";

const NAME = "transport.sse";

/** What bounds the subscribers of one cell; see `LIMITS`. */
export interface SseLimits extends QueueLimits {
  readonly subscribers: number;
  readonly pathChars: number;
  /** What waits for all of them together. */
  readonly queuedTotalBytes: number;
  readonly pingMs: number;
}

/** The defaults. */
export const SSE_LIMITS: SseLimits = {
  subscribers: LIMITS.sseSubscribers,
  pathChars: LIMITS.ssePathChars,
  queued: LIMITS.sseQueued,
  queuedBytes: LIMITS.sseQueuedBytes,
  queuedTotalBytes: LIMITS.sseQueuedTotalBytes,
  pingMs: LIMITS.ssePingMs,
};

const HEADERS: readonly (readonly [string, string])[] = [
  ["Content-Type", "text/event-stream"],
  ["Cache-Control", "no-cache"],
];

/** How long a change of a count may wait for others, in milliseconds. */
const TELL_MS = 20;

/** What the hub needs of a cell. */
export interface SseCell {
  readonly logger: Logger;
  /**
   * Told how many clients listen to a path: the first and the last at once,
   * others within {@linkcode TELL_MS}.
   */
  readonly onSubscribers?: (path: string, count: number) => void;
}

/** The subscribers of one instance. */
export class SseHub {
  readonly #cell: SseCell;
  readonly #limits: SseLimits;
  readonly #paths = new Map<string, Set<Subscriber>>();
  /** All of them, the one whose ping is due next first. */
  readonly #all = new Set<Subscriber>();
  readonly #backlog = new Backlog<Subscriber>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Paths whose count changed and was not told yet. */
  readonly #untold = new Set<string>();
  #teller: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  readonly #onGone = (subscriber: Subscriber): void => this.#remove(subscriber);

  /** Makes a hub without subscribers. */
  constructor(cell: SseCell, limits: SseLimits) {
    this.#cell = cell;
    this.#limits = limits;
  }

  /** Answers a GET with a stream of what is emitted from now on; a HEAD with its head alone. */
  accept(method: string, path: string): Response {
    if (path.length > this.#limits.pathChars) {
      return this.#refuse(414, "the path is too long", path);
    }
    const headers = HEADERS.map(([name, value]): [string, string] => [
      name,
      value,
    ]);
    if (method === "HEAD") return new Response(null, { headers });
    if (this.#isClosed || this.#all.size >= this.#limits.subscribers) {
      return this.#refuse(503, "too many subscribers", path);
    }
    const others = this.#paths.get(path) ?? new Set();
    const [other] = others;
    const subscriber = new Subscriber(
      // Of a text that many have only one is kept.
      other?.path ?? copyOf(path),
      this.#limits,
      this.#backlog,
      this.#onGone,
    );
    this.#all.add(subscriber);
    this.#paths.set(subscriber.path, others.add(subscriber));
    this.#changed(subscriber.path, others.size === 1);
    this.#timer ??= setTimeout(() => this.#ping(), this.#limits.pingMs);
    return new Response(subscriber.stream(), { headers });
  }

  /** Sends an event to the subscribers of its path; that a route covers it is known already. */
  emit(path: string, frame: () => Uint8Array): number {
    const subscribers = this.#paths.get(path);
    if (subscribers === undefined) return CODE.ok;
    const shared = new Frame(frame());
    for (const subscriber of subscribers) this.#push(subscriber, shared);
    this.#trim();
    return CODE.ok;
  }

  /** How many clients listen to a path. */
  subscribers(path: string): number {
    return this.#paths.get(path)?.size ?? 0;
  }

  /** Ends all streams. */
  shut(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const subscriber of [...this.#all]) {
      this.#remove(subscriber);
      subscriber.end("in order");
    }
    clearTimeout(this.#teller);
  }

  #refuse(status: number, error: string, path: string): Response {
    this.#warn("sse subscriber refused", { path: path.slice(0, 200), error });
    return new Response(error, {
      status,
      headers: { "Content-Type": "text/plain; charset=utf-8" },
    });
  }

  #push(subscriber: Subscriber, frame: Frame): void {
    if (!subscriber.push(frame)) this.#drop(subscriber);
  }

  /** When too much waits, whoever has been taking nothing for longest gives way. */
  #trim(): void {
    while (this.#backlog.bytes > this.#limits.queuedTotalBytes) {
      const { slowest } = this.#backlog;
      if (slowest === undefined) return;
      this.#drop(slowest);
    }
  }

  #drop(subscriber: Subscriber): void {
    this.#warn("sse subscriber dropped", {
      path: subscriber.path.slice(0, 200),
      error: "it is too slow",
    });
    this.#remove(subscriber);
    subscriber.end("at once");
  }

  #remove(subscriber: Subscriber): void {
    if (!this.#all.delete(subscriber)) return;
    const { path } = subscriber;
    const others = this.#paths.get(path);
    others?.delete(subscriber);
    if (others?.size === 0) this.#paths.delete(path);
    this.#changed(path, others?.size === 0);
  }

  #changed(path: string, atOnce: boolean): void {
    if (this.#cell.onSubscribers === undefined) return;
    this.#untold.add(path);
    if (atOnce) this.#tell();
    else this.#teller ??= setTimeout(() => this.#tell(), TELL_MS);
  }

  #tell(): void {
    clearTimeout(this.#teller);
    this.#teller = undefined;
    for (const path of this.#untold) {
      this.#cell.onSubscribers?.(path, this.subscribers(path));
    }
    this.#untold.clear();
  }

  /** Each subscriber waits the same time, so the first is always the next. */
  #ping(): void {
    this.#timer = undefined;
    const now = performance.now();
    const ping = new Frame(PING);
    for (const subscriber of this.#all) {
      const leftMs = subscriber.pingedAt + this.#limits.pingMs - now;
      if (leftMs > 0) {
        this.#timer = setTimeout(() => this.#ping(), Math.ceil(leftMs));
        return;
      }
      subscriber.pingedAt = now;
      this.#all.delete(subscriber);
      this.#all.add(subscriber);
      // A client that has something to come is not quiet.
      if (!subscriber.isBehind) this.#push(subscriber, ping);
    }
  }

  #warn(message: string, fields: Record<string, string>): void {
    this.#cell.logger.log("warn", message, { capability: NAME, ...fields });
  }
}

/** A part of a URL keeps all of the URL, its query too. */
function copyOf(path: string): string {
  return decoder.decode(encoder.encode(path));
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
