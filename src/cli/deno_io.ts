/**
 * The process that Deno runs in, as {@linkcode CliIo}.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import type { CliInput, CliIo, CliOutput } from "./io.ts";

interface SyncSink {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

const encoder = new TextEncoder();

const LINE_FEED = 10;

/** Writes synchronously, so that nothing is lost when the process ends and order is kept. */
function output(sink: SyncSink): CliOutput {
  let gone = false;
  let failure: unknown;
  return {
    isTerminal: sink.isTerminal(),
    get failure() {
      return failure;
    },
    write(data: string | Uint8Array): void {
      if (gone) return;
      let rest = typeof data === "string" ? encoder.encode(data) : data;
      while (rest.length > 0) {
        try {
          rest = rest.subarray(sink.writeSync(rest));
        } catch (error) {
          if (error instanceof Deno.errors.WouldBlock) {
            // A pipe that another process made non-blocking, and that is full.
            Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
            continue;
          }
          gone = true;
          // The reader went away (`| head -1`): nobody is left to tell.
          if (!(error instanceof Deno.errors.BrokenPipe)) failure = error;
          return;
        }
      }
    },
  };
}

function input(): CliInput {
  return {
    isTerminal: Deno.stdin.isTerminal(),
    readLine,
    async readAll(limitBytes: number): Promise<Uint8Array> {
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of Deno.stdin.readable) {
        length += chunk.length;
        if (length > limitBytes) throw tooLong(limitBytes);
        chunks.push(chunk);
      }
      const all = new Uint8Array(length);
      let offset = 0;
      for (const chunk of chunks) {
        all.set(chunk, offset);
        offset += chunk.length;
      }
      return all;
    },
  };
}

/** Byte by byte, so that nothing behind the line is taken from who reads next. */
async function readLine(limitBytes: number): Promise<string | undefined> {
  const bytes: number[] = [];
  const byte = new Uint8Array(1);
  for (;;) {
    const isEnd = await Deno.stdin.read(byte) === null;
    if (isEnd && bytes.length === 0) return undefined;
    if (isEnd || byte[0] === LINE_FEED) break;
    if (bytes.length === limitBytes) throw tooLong(limitBytes);
    bytes.push(byte[0] ?? 0);
  }
  const line = new TextDecoder().decode(new Uint8Array(bytes));
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function tooLong(limitBytes: number): PulpError {
  return new PulpError(
    "usage",
    `Cannot read standard input: it is longer than ${limitBytes} bytes`,
  );
}

function onStopSignal(handler: (signal: string) => void): () => void {
  const signals: readonly Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM"];
  const listeners = signals.map((signal) => {
    const listener = (): void => handler(signal);
    Deno.addSignalListener(signal, listener);
    return { signal, listener };
  });
  return () => {
    for (const { signal, listener } of listeners) {
      Deno.removeSignalListener(signal, listener);
    }
  };
}

/** The real process. */
export function denoIo(): CliIo {
  return {
    stdout: output(Deno.stdout),
    stderr: output(Deno.stderr),
    stdin: input(),
    noColor: Deno.noColor,
    mainModule: Deno.mainModule,
    standalone: Deno.build.standalone,
    cwd: Deno.cwd(),
    denoVersion: Deno.version.deno,
    queryPermission: (descriptor) =>
      Deno.permissions.querySync(descriptor).state,
    env: (variable) =>
      Deno.permissions.querySync({ name: "env", variable }).state === "granted"
        ? Deno.env.get(variable)
        : undefined,
    onStopSignal,
    exit: (code) => Deno.exit(code),
  };
}
