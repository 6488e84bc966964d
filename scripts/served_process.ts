/**
 * A host in a process of its own, for the demo, the benchmark and the tests.
 *
 * @module
 */

/** `deno run <args>` that serves HTTP until it is stopped. */
export class ServedProcess implements AsyncDisposable {
  /** `http://host:port` of the listener. */
  readonly url: string;
  /** The log up to the moment when everything was ready. */
  readonly startLog: string;
  readonly #child: Deno.ChildProcess;
  readonly #rest: Promise<string>;
  readonly #lines: LineFeed;
  #stopped = false;

  private constructor(
    url: string,
    startLog: string,
    child: Deno.ChildProcess,
    rest: Promise<string>,
    lines: LineFeed,
  ) {
    this.#lines = lines;
    this.url = url;
    this.startLog = startLog;
    this.#child = child;
    this.#rest = rest;
  }

  /**
   * Starts a process and waits for its records `http server started` and
   * `cell ready` (`ready` of them). `args` are what follows `deno run`.
   *
   * @throws {Error} with the log when the process ends before that
   */
  static async start(
    args: readonly string[],
    cwd: string,
    ready = 1,
    env: Record<string, string> = {},
  ): Promise<ServedProcess> {
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--quiet", ...args],
      cwd,
      env,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const reader = child.stderr.pipeThrough(new TextDecoderStream())
      .getReader();
    let log = "";
    const addressOf = (): string | undefined =>
      /msg="http server started".*? addr="?([^\s"]+)/.exec(log)?.[1];
    const isReady = (): boolean =>
      log.split('msg="cell ready"').length > ready && addressOf() !== undefined;
    while (!isReady()) {
      const { done, value } = await reader.read();
      if (done) {
        throw new Error(
          `Cannot start ${args.join(" ")}: it ended with ${
            (await child.status).code
          }\n${log}`,
        );
      }
      log += value;
    }
    const startLog = log;
    const lines = new LineFeed(startLog);
    const rest = (async () => {
      let text = startLog;
      for (
        let part = await reader.read();
        !part.done;
        part = await reader.read()
      ) {
        text += part.value;
        lines.take(part.value);
      }
      return text;
    })();
    const url = `http://${addressOf()}`;
    return new ServedProcess(url, startLog, child, rest, lines);
  }

  /**
   * Hands every line of the log to `test`, those of the start first, until it
   * says that it has seen enough. The answer is `false` when the process ended
   * before that.
   */
  logged(test: (line: string) => boolean): Promise<boolean> {
    return Promise.race([
      this.#lines.until(test).then(() => true),
      this.#rest.then(() => false),
    ]);
  }

  /** The process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Sends a signal and waits for the end; the exit code. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    if (!this.#stopped) {
      this.#stopped = true;
      try {
        this.#child.kill(signal);
      } catch (error) {
        // It ended by itself; its code says how.
        if (!(error instanceof TypeError)) throw error;
      }
    }
    return (await this.#child.status).code;
  }

  /** The whole log, once the process has ended. */
  log(): Promise<string> {
    return this.#rest;
  }

  /** Stops the process, if that was not done before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#rest;
  }
}

/** The lines of a log, for whoever waits for one. */
class LineFeed {
  readonly #lines: string[] = [];
  readonly #readers = new Set<(line: string) => void>();
  #partial = "";

  constructor(text: string) {
    this.take(text);
  }

  take(text: string): void {
    const parts = (this.#partial + text).split("\n");
    this.#partial = parts.pop() ?? "";
    for (const line of parts) {
      this.#lines.push(line);
      for (const read of this.#readers) read(line);
    }
  }

  until(test: (line: string) => boolean): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const read = (line: string): boolean => {
      if (!test(line)) return false;
      this.#readers.delete(read);
      resolve();
      return true;
    };
    if (!this.#lines.some(read)) this.#readers.add(read);
    return promise;
  }
}
