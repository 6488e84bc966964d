/**
 * A client that asks the cell `notes` all the time.
 *
 * @module
 */

/** What the client saw. */
export interface Asked {
  /** Requests that were answered as they should be. */
  readonly answers: number;
  /** What went wrong, one line each. */
  readonly failures: readonly string[];
  /** The longest that an answer took. */
  readonly slowestMs: number;
}

/** Requests at a time. */
const CLIENTS = 2;
/** No answer for so long is a failure. */
const PATIENCE_MS = 20_000;
/** Between two requests of one client: the cells are what is to be busy. */
const PAUSE_MS = 5;

/** Writes notes and reads them back, from the moment when it is made. */
export class HealthyAsker {
  readonly #url: string;
  readonly #failures: string[] = [];
  readonly #clients: Promise<void>[];
  #answers = 0;
  #slowestMs = 0;
  #stopped = false;

  /** Starts to ask; `url` is that of the notes. */
  constructor(url: string) {
    this.#url = url;
    this.#clients = Array.from({ length: CLIENTS }, () => this.#work());
  }

  /** Stops, behind the requests that are under way. */
  async stop(): Promise<Asked> {
    this.#stopped = true;
    await Promise.all(this.#clients);
    return {
      answers: this.#answers,
      failures: this.#failures,
      slowestMs: this.#slowestMs,
    };
  }

  async #work(): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      const title = `note ${n}`;
      const made = await this.#ask("POST", this.#url, 201, {
        title,
        text: "x",
      });
      const id = (made as { id?: number } | undefined)?.id;
      const read = await this.#ask("GET", `${this.#url}/${id}`, 200);
      if ((read as { title?: string } | undefined)?.title !== title) {
        this.#failures.push(`note ${id} is ${JSON.stringify(read)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  async #ask(
    method: string,
    url: string,
    status: number,
    body?: unknown,
  ): Promise<unknown> {
    const start = performance.now();
    try {
      const response = await fetch(url, {
        method,
        signal: AbortSignal.timeout(PATIENCE_MS),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      this.#slowestMs = Math.max(this.#slowestMs, performance.now() - start);
      if (response.status === status) {
        this.#answers++;
        return JSON.parse(text);
      }
      this.#failures.push(`${method} ${url}: ${response.status} ${text}`);
    } catch (error) {
      this.#failures.push(`${method} ${url}: ${error}`);
    }
    return undefined;
  }
}
