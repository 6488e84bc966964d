/**
 * Certificate and key of the listeners, from the command line.
 *
 * @module
 */

import type { HostEnv, TlsPair } from "../capabilities/capability.ts";
import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import { resolvePath } from "../manifest/paths.ts";
import { readUpTo } from "../read_up_to.ts";
import type { ParsedArgs } from "./args.ts";
import type { CliIo } from "./io.ts";

/** `--tls-cert` and `--tls-key`, as absolute paths. Throws `usage` for one without the other. */
export function tlsFilesOf(
  args: ParsedArgs,
  io: CliIo,
): Pick<HostEnv, "tlsFiles"> {
  const cert = args.text("tls-cert");
  const key = args.text("tls-key");
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined) {
    const [given, missing] = cert === undefined
      ? ["tls-key", "tls-cert"]
      : ["tls-cert", "tls-key"];
    throw new PulpError(
      "usage",
      `Cannot use "--${given}" alone: "--${missing}" is missing`,
    );
  }
  return {
    tlsFiles: {
      cert: resolvePath(io.cwd, cert),
      key: resolvePath(io.cwd, key),
    },
  };
}

/**
 * What is in the files. Throws `usage` when a file can't be read, is not what
 * it has to be, or the two don't belong together.
 */
export async function tlsOf(
  { tlsFiles }: HostEnv,
): Promise<Pick<HostEnv, "tls">> {
  if (tlsFiles === undefined) return {};
  const tls: TlsPair = {
    cert: await readText(tlsFiles.cert),
    key: await readText(tlsFiles.key),
  };
  if (!holds(tls.cert, "CERTIFICATE")) {
    throw unusable(
      "tls-cert",
      tlsFiles.cert,
      holds(tls.cert, KEY)
        ? "it holds a key"
        : "it holds no certificate in PEM",
    );
  }
  if (!holds(tls.key, KEY)) {
    const why = holds(tls.key, "ENCRYPTED PRIVATE KEY") ||
        tls.key.includes("Proc-Type: 4,ENCRYPTED")
      ? "the key in it is encrypted"
      : holds(tls.key, "CERTIFICATE")
      ? "it holds a certificate"
      : "it holds no private key in PEM";
    throw unusable("tls-key", tlsFiles.key, why);
  }
  try {
    // It looks at both as a listener does, and needs no permission.
    Deno.createHttpClient({ ...tls }).close();
  } catch (error) {
    const message = messageOf(error);
    const why = message.includes("KeyMismatch")
      ? `it is not the key of "${tlsFiles.cert}"`
      : `Deno can't use it with "${tlsFiles.cert}": ${message}`;
    throw unusable("tls-key", tlsFiles.key, why);
  }
  return { tls };
}

/** The kinds of keys that Deno takes. */
const KEY = "(?:RSA |EC )?PRIVATE KEY";

function holds(text: string, kind: string): boolean {
  return new RegExp(`^-----BEGIN ${kind}-----\\s*$`, "m").test(text);
}

async function readText(path: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    // A pipe is as good as a file: a shell may hand the key over in one.
    using file = await Deno.open(path);
    bytes = await readUpTo(file, LIMITS.tlsFileBytes);
  } catch (error) {
    const why = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : messageOf(error);
    throw new PulpError("usage", `Cannot read "${path}": ${why}`, {
      cause: error,
    });
  }
  if (bytes.length > LIMITS.tlsFileBytes) {
    throw new PulpError(
      "usage",
      `Cannot read "${path}": it has more than ${LIMITS.tlsFileBytes} bytes`,
    );
  }
  return new TextDecoder().decode(bytes);
}

function unusable(option: string, path: string, why: string): PulpError {
  return new PulpError(
    "usage",
    `Cannot use "${path}" for "--${option}": ${why}`,
  );
}
