/**
 * The address to listen on, from the command line.
 *
 * @module
 */

import { PulpError } from "../errors.ts";
import type { ParsedArgs } from "./args.ts";

/**
 * `--listen`, or what `--http-port` stands for, as `host:port`. Throws a
 * `PulpError` (`usage`) for anything else.
 */
export function listenAddress(args: ParsedArgs): string {
  const port = args.text("http-port");
  if (port !== undefined) {
    if (args.has("listen")) {
      throw new PulpError(
        "usage",
        'Cannot use "--listen" and "--http-port" together: they say the same',
      );
    }
    return `127.0.0.1:${Number(port)}`;
  }
  return checkedAddress(args.required("listen"));
}

/** `host:port` in the form that Deno takes. Throws a `PulpError` (`usage`) for anything else. */
export function checkedAddress(text: string): string {
  const [, host, digits] = /^(.*):([0-9]{1,5})$/.exec(text) ?? [];
  if (host === undefined || digits === undefined || Number(digits) > 65535) {
    const meant = likelyAddress(text);
    throw listenError(
      text,
      "it takes host:port, with a port from 0 to 65535",
      meant === undefined ? undefined : `did you mean ${meant}?`,
    );
  }
  if (host === "") {
    throw listenError(
      text,
      "the host is missing",
      `say 127.0.0.1${text} for this machine only, 0.0.0.0${text} for every interface`,
    );
  }
  const isBracketed = /^\[[0-9A-Fa-f:.]+\]$/.test(host);
  if (!isBracketed && !/^[A-Za-z0-9._-]+$/.test(host)) {
    throw listenError(
      text,
      `"${host}" is not a host name or an address`,
      host.includes(":")
        ? `IPv6 addresses stand in brackets: [${host}]:${digits}`
        : undefined,
    );
  }
  return `${host}:${Number(digits)}`;
}

/** The address that a port or a host alone may stand for. */
function likelyAddress(text: string): string | undefined {
  if (/^[0-9]+$/.test(text)) {
    return Number(text) > 65535 ? undefined : `127.0.0.1:${text}`;
  }
  const [, host] = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):?$/.exec(text) ?? [];
  return host === undefined ? undefined : `${host}:8080`;
}

function listenError(value: string, why: string, hint?: string): PulpError {
  return new PulpError(
    "usage",
    `Cannot use "${value}" for "--listen": ${why}`,
    hint === undefined ? {} : { hint },
  );
}
