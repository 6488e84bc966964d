/**
 * The header fields of an inbound request, as a cell sees them.
 *
 * @module
 */

import { canonicalHeader } from "../../abi/http.ts";
import { fromByteString } from "./header_text.ts";

/** The fields, and what the host itself needs of them. */
export interface RequestHeaders {
  /** Canonical names; the first value of each; without `Host` and framing. */
  readonly fields: ReadonlyMap<string, string>;
  /** As sent; absent when there is no such field. */
  readonly host?: string;
  readonly contentLength?: string;
  /** All values, joined by commas. */
  readonly connection?: string;
}

/** Names whose canonical form is kept ready. */
const CACHED_NAMES = 256;

/** Reads fields. One reader serves all requests of a listener. */
export class HeaderReader {
  readonly #list = headerListSymbol();
  readonly #names = new Map<string, string>();

  /** Reads the fields of one request. */
  read(headers: Headers): RequestHeaders {
    const fields = new Map<string, string>();
    let host: string | undefined;
    let contentLength: string | undefined;
    let connection: string | undefined;
    for (const [raw, value] of this.#entries(headers)) {
      const name = this.#canonical(raw);
      switch (name) {
        case "Host":
          host ??= value;
          continue;
        case "Transfer-Encoding":
        case "Trailer":
          continue;
        case "Content-Length":
          contentLength ??= value;
          break;
        case "Connection":
          connection = connection === undefined
            ? value
            : `${connection},${value}`;
      }
      if (!fields.has(name)) fields.set(name, fromByteString(value));
    }
    return {
      fields,
      ...(host === undefined ? {} : { host }),
      ...(contentLength === undefined ? {} : { contentLength }),
      ...(connection === undefined ? {} : { connection }),
    };
  }

  /** In order of arrival, where Deno tells; otherwise joined and sorted. */
  #entries(headers: Headers): Iterable<readonly [string, string]> {
    return this.#list === undefined
      ? headers
      : rawList(headers, this.#list) ?? headers;
  }

  #canonical(raw: string): string {
    const known = this.#names.get(raw);
    if (known !== undefined) return known;
    const name = canonicalHeader(raw);
    if (this.#names.size < CACHED_NAMES) this.#names.set(raw, name);
    return name;
  }
}

/**
 * `Headers` joins repeated fields, and only the first value may reach a cell;
 * a value may hold commas itself, so they can't be taken apart again. Deno
 * keeps the list as it came behind a symbol. Where that is not so any more,
 * cells see joined values.
 */
function headerListSymbol(): symbol | undefined {
  const probe = new Headers([["a", "1"], ["a", "2"]]);
  return Object.getOwnPropertySymbols(probe).find((symbol) =>
    JSON.stringify(rawList(probe, symbol)) === '[["a","1"],["a","2"]]'
  );
}

function rawList(
  headers: Headers,
  symbol: symbol,
): readonly (readonly [string, string])[] | undefined {
  // Deno fills the list when it is first needed; this needs it.
  headers.has("host");
  const list: unknown = Reflect.get(headers, symbol);
  return Array.isArray(list) ? list : undefined;
}
