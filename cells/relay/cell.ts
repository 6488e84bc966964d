/** Fetches the URL of its config. Provides `fetch` and answers `GET /relay`. */

export * from "../sdk/assemblyscript/exports";
export {
  pulp_on_call,
  pulp_on_call_error_len,
  pulp_on_call_error_ptr,
} from "../sdk/assemblyscript/providers";

import { onInit } from "../sdk/assemblyscript/cell";
import { fetch, FetchRequest, FetchResult } from "../sdk/assemblyscript/fetch";
import { Request, Response, route } from "../sdk/assemblyscript/http";
import { Level, log } from "../sdk/assemblyscript/log";
import { Call, provide } from "../sdk/assemblyscript/providers";
import { decodeUtf8, isUtf8 } from "../sdk/assemblyscript/utf8";
import { Value } from "../sdk/assemblyscript/value";

const NOT_BOUND: u32 = 99;

let url = "";
let timeoutNs: i64 = 0;

onInit((config: Value): string | null => {
  const given = config.get("url");
  if (!given.isStr || given.text.trim().length == 0) {
    return 'config.url is missing: name the URL to fetch, such as "https://example.com/"';
  }
  url = given.text;
  const timeoutMs = config.get("timeout_ms");
  if (!timeoutMs.isNil && (!timeoutMs.isInt || timeoutMs.bits < 1)) {
    return "config.timeout_ms must be a number of milliseconds from 1 up";
  }
  timeoutNs = timeoutMs.asInt() * 1_000_000;
  // Without `transport.http.inbound` in the manifest only `fetch` remains.
  const code = route("GET", "/relay", relay);
  return code == 0 || code == NOT_BOUND
    ? null
    : `Cannot register the route "GET /relay": the host answers ${code}`;
});

/** Returns `{status, headers, body}`; the body is text when it is UTF-8, else bytes. */
provide("fetch", (call: Call): void => {
  const result = get();
  if (result.code != 0) {
    call.fail(problemOf(result));
    return;
  }
  const reply = call.reply.map(3);
  reply.str("status").u32(result.status);
  reply.str("headers");
  result.headers.write(reply);
  reply.str("body");
  const body = result.body;
  if (isUtf8(body.dataStart, body.length)) reply.str(decodeUtf8(body));
  else reply.bytes(body);
});

function relay(_request: Request): Response {
  const result = get();
  if (result.code != 0) return Response.text(502, problemOf(result));
  const type = result.headers.get("Content-Type");
  return Response.of(
    result.status,
    type === null ? "application/octet-stream" : type,
    result.body,
  );
}

function get(): FetchResult {
  const request = new FetchRequest(url);
  request.timeoutNs = timeoutNs;
  const result = fetch(request);
  if (result.code != 0) log(Level.Warn, problemOf(result));
  return result;
}

function problemOf(result: FetchResult): string {
  if (result.code == 11) {
    return `Cannot fetch "${url}": the manifest does not allow its host`;
  }
  if (result.code == NOT_BOUND) {
    return `Cannot fetch "${url}": the manifest does not declare "transport.http.outbound"`;
  }
  if (result.code == 4) {
    return `Cannot fetch "${url}": it failed, and the host's log says why`;
  }
  return `Cannot fetch "${url}": the host answers ${result.code}`;
}
