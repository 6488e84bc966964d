/**
 * The control socket as a file: it belongs to one host and one user.
 *
 * @module
 */

import { messageOf, PulpError } from "../../errors.ts";
import { lookAt } from "../../look_at.ts";

/** A listener, and the file that leads to it. */
export class SocketFile {
  /** Accepts connections until the file is closed. */
  readonly listener: Deno.UnixListener;
  readonly #path: string;
  readonly #file: Deno.FileInfo;

  private constructor(
    listener: Deno.UnixListener,
    path: string,
    file: Deno.FileInfo,
  ) {
    this.listener = listener;
    this.#path = path;
    this.#file = file;
  }

  /**
   * Listens at an absolute path, with mode 0600. A socket that nobody listens
   * on any more makes way; anything else that stands there stays.
   *
   * Until this returns others may have connected, if the umask let them: who
   * accepts has to tell them apart.
   *
   * @throws {PulpError} `host` when it can't be done
   */
  static async bind(path: string): Promise<SocketFile> {
    let listener: Deno.UnixListener;
    try {
      listener = await listenAt(path);
    } catch (error) {
      throw error instanceof PulpError ? error : failed(path, reason(error));
    }
    let socket: SocketFile | undefined;
    try {
      socket = new SocketFile(listener, path, Deno.lstatSync(path));
      // Deno's way to a narrower umask takes a permission of its own.
      Deno.chmodSync(path, 0o600);
      const { isSocket, mode } = Deno.lstatSync(path);
      if (isSocket && ((mode ?? 0o600) & 0o777) === 0o600) return socket;
      throw failed(path, "it can't be kept from other users");
    } catch (error) {
      socket?.close();
      throw error instanceof PulpError ? error : failed(path, reason(error));
    }
  }

  /**
   * Ends the listener and removes its file. `false` when something else stands
   * there by now: that is left alone, and so is the listener, because ending
   * it removes whatever has its path.
   */
  close(): boolean {
    try {
      const now = lookAt(this.#path);
      if (now === undefined || isSame(now, this.#file)) {
        this.listener.close();
        return true;
      }
    } catch {
      // What can't be looked at is not known to be this socket.
    }
    this.listener.unref();
    return false;
  }
}

async function listenAt(path: string): Promise<Deno.UnixListener> {
  try {
    return Deno.listen({ transport: "unix", path });
  } catch (error) {
    if (!(error instanceof Deno.errors.AddrInUse)) throw error;
  }
  await removeStale(path);
  return Deno.listen({ transport: "unix", path });
}

/** Removes a socket that a host left behind. */
async function removeStale(path: string): Promise<void> {
  const found = lookAt(path);
  if (found === undefined) return;
  if (!found.isSocket) {
    throw failed(path, "something stands there that is not a socket");
  }
  try {
    const conn = await Deno.connect({ transport: "unix", path });
    conn.close();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) {
      // Another host may have come first, with a socket of its own.
      const now = lookAt(path);
      if (now !== undefined && isSame(now, found)) Deno.removeSync(path);
      return;
    }
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  throw failed(
    path,
    "another host listens on it",
    "--ctl <path> names another",
  );
}

/** Whether two looks at a path saw one file. A number alone may be given anew. */
function isSame(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.isSocket === b.isSocket &&
    a.birthtime?.getTime() === b.birthtime?.getTime();
}

function reason(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "its folder does not exist";
  if (error instanceof Deno.errors.AddrInUse) {
    return "something else was put there at the same moment";
  }
  const message = messageOf(error);
  return message.includes("SUN_LEN")
    ? "its path is longer than that of a socket may be"
    : message;
}

function failed(path: string, why: string, hint?: string): PulpError {
  return new PulpError(
    "host",
    `Cannot open control socket "${path}": ${why}`,
    hint === undefined ? {} : { hint },
  );
}
