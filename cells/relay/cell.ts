/**
 * Fetches the URL of its config. Provides `fetch`, and `peek` for no more than
 * the start of the body. Answers `GET /relay` with the whole body, and `GET
 * /stream` with the body as it comes.
 */

export * from "../sdk/assemblyscript/exports";
export {
  pulp_on_call,
  pulp_on_call_error_len,
  pulp_on_call_error_ptr,
} from "../sdk/assemblyscript/providers";

import { onInit } from "../sdk/assemblyscript/cell";
import { fetch, FetchRequest, FetchResult } from "../sdk/assemblyscript/fetch";
import {
  beginFetch,
  FetchStream,
  StreamResponse,
} from "../sdk/assemblyscript/streams";
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
  let code = route("GET", "/relay", relay);
  if (code == 0) code = route("GET", "/stream", stream);
  return code == 0 || code == NOT_BOUND
    ? null
    : `Cannot register the routes: the host answers ${code}`;
});

/** Returns `{status, headers, body}`; the body is text when it is UTF-8, else bytes. */
provide("fetch", (call: Call): void => {
  const result = get();
  if (result.code != 0) {
    call.fail(problemOf(result.code));
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

/** `{bytes}` → `{status, body}`: the first bytes alone, at most 65536; the rest is not fetched. */
provide("peek", (call: Call): void => {
  const wanted = call.args.get("bytes").asInt();
  if (wanted < 1 || wanted > 65536) {
    call.fail("peek takes {bytes}, from 1 to 65536");
    return;
  }
  const stream = beginFetch(new FetchRequest(url));
  if (stream.code != 0) {
    call.fail(problemOf(stream.code));
    return;
  }
  const body = new Uint8Array(<i32> wanted);
  let length = 0;
  let problem = "";
  while (length < body.length) {
    const chunk = stream.read(<u32> (body.length - length));
    problem = chunk.code != 0
      ? `the host answers ${chunk.code}`
      : chunk.problem;
    if (problem != "" || chunk.eof) break;
    body.set(chunk.bytes, length);
    length += chunk.bytes.length;
  }
  stream.close();
  if (problem != "") {
    call.fail(`Cannot fetch "${url}": ${problem}`);
    return;
  }
  const reply = call.reply.map(2);
  reply.str("status").u32(stream.status);
  reply.str("body").bytes(body.slice(0, length));
});

function relay(_request: Request): Response {
  const result = get();
  if (result.code != 0) return Response.text(502, problemOf(result.code));
  const type = result.headers.get("Content-Type");
  return Response.of(
    result.status,
    type === null ? "application/octet-stream" : type,
    result.body,
  );
}

/** The time limit of the config is for the answer that is fetched whole. */
function stream(_request: Request): Response {
  const body: FetchStream = beginFetch(new FetchRequest(url));
  if (body.code != 0) {
    log(Level.Warn, problemOf(body.code));
    return Response.text(502, problemOf(body.code));
  }
  const response = new StreamResponse(body);
  const names = ["Content-Type", "Content-Length", "Content-Encoding"];
  for (let i = 0; i < names.length; i++) {
    const value = body.headers.get(names[i]);
    if (value !== null) response.headers.set(names[i], value);
  }
  return response;
}

function get(): FetchResult {
  const request = new FetchRequest(url);
  request.timeoutNs = timeoutNs;
  const result = fetch(request);
  if (result.code != 0) log(Level.Warn, problemOf(result.code));
  return result;
}

function problemOf(code: u32): string {
  if (code == 11) {
    return `Cannot fetch "${url}": the manifest does not allow its host`;
  }
  if (code == NOT_BOUND) {
    return `Cannot fetch "${url}": the manifest does not declare "transport.http.outbound"`;
  }
  if (code == 4) {
    return `Cannot fetch "${url}": it failed, and the host's log says why`;
  }
  return `Cannot fetch "${url}": the host answers ${code}`;
}
