/** HTTP requests that come in. Needs the capability `transport.http.inbound`. */

import { onEvent } from "./cell";
import { http_listen, http_register, http_respond } from "./pulp";
import { encodeUtf8 } from "./utf8";
import { writeJson } from "./json_writer";
import { MsgpackReader } from "./msgpack_reader";
import { MsgpackWriter } from "./msgpack_writer";
import { Pairs } from "./pairs";
import { Routes } from "./routes";
import { Value } from "./value";

export class Request {
  id: u64 = 0;
  method: string = "";
  /** Decoded, without the query. */
  path: string = "";
  /** Segments that the route names, such as `id` of `/notes/:id`. */
  params: Pairs = new Pairs();
  query: Pairs = new Pairs();
  /** Names in canonical form: `Content-Type`. */
  headers: Pairs = new Pairs();
  body: Uint8Array = new Uint8Array(0);
  remoteAddr: string = "";
  /** When the host took the request, in nanoseconds since 1970. */
  wallTimeNs: u64 = 0;

  static read(reader: MsgpackReader): Request {
    const request = new Request();
    for (let n = reader.map(); n > 0 && !reader.failed; n--) {
      const key = reader.str();
      if (key == "id") request.id = reader.uint();
      else if (key == "method") request.method = reader.str();
      else if (key == "path") request.path = reader.str();
      else if (key == "params") request.params = Pairs.read(reader);
      else if (key == "query") request.query = Pairs.read(reader);
      else if (key == "headers") request.headers = Pairs.read(reader);
      else if (key == "body") request.body = reader.bytes();
      else if (key == "remote_addr") request.remoteAddr = reader.str();
      else reader.skip();
    }
    return request;
  }

  /** A route parameter; "" when the route has none of that name. */
  param(name: string): string {
    const value = this.params.get(name);
    return value === null ? "" : value;
  }
}

export class Response {
  headers: Pairs = new Pairs();
  /** Whole `Set-Cookie` values. */
  cookies: string[] = [];
  body: Uint8Array = new Uint8Array(0);

  constructor(public status: u32 = 200) {}

  static text(status: u32, text: string): Response {
    return Response.of(status, "text/plain; charset=utf-8", encodeUtf8(text));
  }

  static json(status: u32, value: Value): Response {
    return Response.of(status, "application/json", writeJson(value));
  }

  static of(status: u32, contentType: string, body: Uint8Array): Response {
    const response = new Response(status);
    response.headers.set("Content-Type", contentType);
    response.body = body;
    return response;
  }

  /** Answers a request, and returns the host's code. */
  send(id: u64): u32 {
    const writer = new MsgpackWriter();
    this.write(writer, id);
    return http_respond(writer.ptr, writer.length);
  }

  write(writer: MsgpackWriter, id: u64): void {
    const cookies = this.cookies;
    writer.map(cookies.length == 0 ? 4 : 5);
    writer.str("id").uint(id);
    writer.str("status").u32(this.status);
    writer.str("headers");
    this.headers.write(writer);
    if (cookies.length != 0) {
      writer.str("cookies").list(cookies.length);
      for (let i = 0; i < cookies.length; i++) writer.str(cookies[i]);
    }
    writer.str("body").bytes(this.body);
  }
}

/** Answers one request. */
export type Handler = (request: Request) => Response;

const routes = new Routes();
const routeHandlers: Handler[] = [];

/**
 * Registers a route at the host; from `onInit`. A pattern takes `:name` for
 * one segment and `*name` for the rest. Returns the host's code: 0, 4 the
 * route is another cell's, 99 the manifest does not declare the capability.
 */
export function route(method: string, pattern: string, handler: Handler): u32 {
  const writer = new MsgpackWriter().map(2);
  writer.str("method").str(method);
  writer.str("path").str(pattern);
  const code = http_register(writer.ptr, writer.length);
  if (code != 0) return code;
  routes.add(method, pattern);
  routeHandlers.push(handler);
  onEvent("http.request", onRequest);
  return 0;
}

/**
 * Opens a listener of the cell's own on `host:port`; from `onInit`, before the
 * first route. `[permissions] net` lists the address. Returns the host's code:
 * 0, 5 it can't be bound, 6 there are routes already, 11 it is not listed, 99
 * the manifest does not declare the capability.
 */
export function listenOn(addr: string): u32 {
  const writer = new MsgpackWriter().map(1);
  writer.str("addr").str(addr);
  return http_listen(writer.ptr, writer.length);
}

function onRequest(payload: MsgpackReader, wallTimeNs: u64): i32 {
  const request = Request.read(payload);
  if (payload.failed) return 3;
  request.wallTimeNs = wallTimeNs;
  const index = routes.find(request.method, request.path);
  const response = index < 0
    ? Response.text(404, "404 page not found")
    : routeHandlers[index](request);
  return response.send(request.id);
}
