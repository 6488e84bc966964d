/**
 * A cell in JavaScript for the tests of the HTTP capabilities: it calls its
 * imports over a memory of bytes, as a guest would.
 *
 * @module
 */

import { decode, encode } from "@msgpack/msgpack";
import { PulpError } from "../../../errors.ts";
import type { LogFields, Logger, LogLevel } from "../../../logger.ts";
import { parseManifest } from "../../../manifest/parse.ts";
import type { CellSpec } from "../../../manifest/spec.ts";
import { within } from "../../../testing/until.ts";
import type {
  Capability,
  CellContext,
  HostCall,
  HostEnv,
  StepOutcome,
} from "../../capability.ts";
import { TestMemory } from "../../testing/test_memory.ts";

/** One record that a cell's capabilities logged. */
export interface LoggedRecord {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** An event that waits for its step, or is in it. */
export interface FakeEvent {
  readonly kind: string;
  /** The event's own record. */
  // deno-lint-ignore no-explicit-any -- whatever the capability sent
  readonly payload: any;
  /** Ends the step. */
  done(outcome?: StepOutcome): void;
}

/** Options of {@linkcode FakeCell}. */
export interface FakeCellOptions {
  /** Default: `fake`. */
  readonly name?: string;
  /** `[permissions] net`. Default: no list. */
  readonly net?: readonly string[];
  /** Default: `127.0.0.1:0`. */
  readonly listen?: string;
  /**
   * Runs as the step of each event, which ends when it returns, or with what
   * it throws. Without it events are collected, and the test ends each.
   */
  readonly step?: (event: FakeEvent, cell: FakeCell) => void;
}

/** The context of one capability, and the guest that uses it. */
export class FakeCell implements CellContext, AsyncDisposable {
  readonly spec: CellSpec;
  readonly env: HostEnv;
  readonly memory = new TestMemory();
  readonly records: LoggedRecord[] = [];
  readonly logger: Logger = {
    log: (level, message, fields = {}) =>
      void this.records.push({ level, message, fields }),
  };
  readonly callChain: readonly string[] = [];
  /** Events that no step took yet. */
  readonly events: FakeEvent[] = [];
  readonly #capability: Capability;
  readonly #imports: Readonly<Record<string, HostCall>>;
  readonly #abort = new AbortController();
  readonly #releases: (() => void | Promise<void>)[] = [];
  readonly #open = new Set<FakeEvent>();
  readonly #step: FakeCellOptions["step"];
  #waiters: (() => void)[] = [];

  constructor(capability: Capability, options: FakeCellOptions = {}) {
    const { name = "fake", net, listen = "127.0.0.1:0", step } = options;
    this.spec = fakeSpec(name, net);
    this.env = { storageRoot: "/nowhere", listen };
    this.#step = step;
    this.#capability = capability;
    this.#imports = capability.imports(this);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  isStopped(): boolean {
    return false;
  }

  deliver(
    kind: string,
    payload: Uint8Array,
    done: (outcome: StepOutcome) => void,
  ): void {
    if (this.signal.aborted) {
      return done({ error: new PulpError("closed", "closed") });
    }
    const event: FakeEvent = {
      kind,
      payload: decode(payload, { useBigInt64: true }),
      done: (outcome = {}) => {
        if (this.#open.delete(event)) done(outcome);
      },
    };
    this.#open.add(event);
    if (this.#step === undefined) {
      this.events.push(event);
      for (const wake of this.#waiters.splice(0)) wake();
      return;
    }
    try {
      this.#step(event, this);
      event.done();
    } catch (error) {
      event.done({ error });
    }
  }

  onClose(release: () => void | Promise<void>): void {
    this.#releases.unshift(release);
  }

  /** Waits until `count` events arrived. */
  async received(count: number): Promise<readonly FakeEvent[]> {
    while (this.events.length < count) {
      await within(
        `event ${this.events.length + 1} of ${count}`,
        new Promise<void>((resolve) => this.#waiters.push(resolve)),
      );
    }
    return this.events;
  }

  /** Calls an import with an encoded request; what it gives is a code. */
  send(name: string, request: unknown): number {
    const code = this.call(name, encode(request, { useBigInt64: true }));
    if (typeof code !== "number") throw new TypeError(`${name} suspends`);
    return code;
  }

  /** Calls an import with raw bytes. */
  call(
    name: string,
    bytes: Uint8Array,
    ...rest: number[]
  ): number | Promise<number> {
    const ptr = this.memory.put(bytes);
    try {
      return this.#imports[name]!(ptr, bytes.length, ...rest);
    } finally {
      this.memory.reset();
    }
  }

  /** Calls an import with any arguments. */
  raw(name: string, ...args: number[]): number | Promise<number> {
    return this.#imports[name]!(...args);
  }

  /** Calls `http_fetch`: the code, and the answer when it is 0. */
  async fetch(request: unknown): Promise<FakeAnswer> {
    const code = await this.call("http_fetch", encode(request), 0, 4);
    if (code !== 0) return { code, status: 0, headers: {}, text: "" };
    const answer = decode(this.memory.handed) as {
      status: number;
      headers: Record<string, string>;
      body: Uint8Array;
    };
    const { status, headers, body } = answer;
    return { code, status, headers, text: new TextDecoder().decode(body) };
  }

  /** Ends the instance. */
  async close(): Promise<void> {
    if (this.signal.aborted) return;
    this.#abort.abort();
    for (const release of this.#releases) await release();
    for (const event of this.#open) {
      event.done({ error: new PulpError("closed", "closed") });
    }
    await this.#capability.teardownCell?.(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** What a fetch gave. */
export interface FakeAnswer {
  readonly code: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A spec with defaults. */
export function fakeSpec(name: string, net?: readonly string[]): CellSpec {
  const text = `name = "${name}"\nversion = "0.0.0"\n`;
  return {
    ...parseManifest(text, "/nowhere/pulp.cell.toml"),
    permissions: net === undefined ? {} : { net },
  };
}

/** A server on loopback that ends with the test. */
export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** `METHOD path` of each request, in order of arrival. */
  readonly seen: readonly string[];
}

/** Serves `handler` on a free port. Default host: `127.0.0.1`. */
export function serveTest(
  handler: (request: Request) => Response | Promise<Response>,
  { hostname = "127.0.0.1", tls }: {
    readonly hostname?: string;
    readonly tls?: Deno.TlsCertifiedKeyPem;
  } = {},
): TestServer {
  const seen: string[] = [];
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname, port: 0, onListen: () => {}, signal: stop.signal, ...tls },
    (request) => {
      const { pathname, search } = new URL(request.url);
      seen.push(`${request.method} ${pathname}${search}`);
      return handler(request);
    },
  );
  return {
    port: server.addr.port,
    seen,
    async [Symbol.asyncDispose](): Promise<void> {
      stop.abort();
      await server.finished;
    },
  };
}
