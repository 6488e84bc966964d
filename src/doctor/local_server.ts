/**
 * A server on this machine for an experiment.
 *
 * @module
 */

/** Serves on a free port of 127.0.0.1 until it is disposed of. */
export class LocalServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #requests = 0;

  /** Starts to serve. */
  constructor(answer: (request: Request) => Response) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        this.#requests++;
        return answer(request);
      },
    );
  }

  /** `127.0.0.1:<port>`. */
  get address(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  /** How many requests came. */
  get requests(): number {
    return this.#requests;
  }

  /** Stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
