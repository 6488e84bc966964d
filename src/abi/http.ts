/**
 * The records of inbound and outbound HTTP.
 *
 * @module
 */

import { RecordReader } from "./record.ts";
import { MsgpackWriter } from "./writer.ts";

export { canonicalHeader } from "./header_name.ts";

/** Text by name, in the order that is written. */
export type TextMap =
  | Readonly<Record<string, string>>
  | ReadonlyMap<string, string>;

/** The event `http.request`. */
export interface HttpRequestEvent {
  /** Names the request in `http_respond`; all 64 bits count. */
  readonly id: bigint | number;
  /** In upper case. */
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  /** What the route's `:name` and `*name` matched. */
  readonly params: TextMap;
  /** The first value of each key. */
  readonly query: TextMap;
  /** The first value of each name, names in canonical form, without `Host`. */
  readonly headers: TextMap;
  /** The whole body; empty when there is none. */
  readonly body: Uint8Array;
  /** `ip:port`; left out of the record when empty. */
  readonly remoteAddr: string;
}

/**
 * The map of `http.request`, to be embedded by `encodeEvent`. Default for
 * `writer`: one of its own; who encodes many requests keeps one.
 */
export function encodeHttpRequest(
  event: HttpRequestEvent,
  writer: MsgpackWriter = new MsgpackWriter(512 + event.body.length),
): Uint8Array<ArrayBuffer> {
  writer
    .map(event.remoteAddr === "" ? 7 : 8)
    .str("id").u64(event.id)
    .str("method").str(event.method)
    .str("path").str(event.path);
  writeTextMap(writer.str("params"), event.params);
  writeTextMap(writer.str("query"), event.query);
  writeTextMap(writer.str("headers"), event.headers);
  writer.str("body").bin(event.body);
  if (event.remoteAddr !== "") {
    writer.str("remote_addr").str(event.remoteAddr);
  }
  return writer.finish();
}

/** What a cell answers with `http_respond`. */
export interface HttpRespond {
  /** The id of the request that is answered. */
  readonly id: bigint;
  /** As sent: 0 stands for 200. */
  readonly status: number;
  /** Names as the cell wrote them, each once. */
  readonly headers: [name: string, value: string][];
  /** Whole Set-Cookie values. */
  readonly cookies: readonly string[];
  /** A view of the request. */
  readonly body: Uint8Array;
}

/** Throws `contract`. */
export function decodeHttpRespond(bytes: Uint8Array): HttpRespond {
  const record = RecordReader.parse(bytes);
  return {
    id: record.u64("id"),
    status: record.u32("status"),
    headers: record.strPairs("headers"),
    cookies: record.strList("cookies"),
    body: record.bytes("body"),
  };
}

/** What a cell asks for with `http_fetch`. */
export interface HttpFetch {
  /** As sent: "" stands for GET. */
  readonly method: string;
  /** As sent, unchecked. */
  readonly url: string;
  /** Without a prototype; names as the cell wrote them. */
  readonly headers: Record<string, string>;
  /** A view of the request. */
  readonly body: Uint8Array;
  /** Nanoseconds; absent when the cell sent none, nil or 0. */
  readonly timeoutNs?: bigint;
}

/** Throws `contract`. */
export function decodeHttpFetch(bytes: Uint8Array): HttpFetch {
  const record = RecordReader.parse(bytes);
  const timeoutNs = record.i64("timeout");
  return {
    method: record.str("method"),
    url: record.str("url"),
    headers: record.strMap("headers"),
    body: record.bytes("body"),
    ...(timeoutNs === 0n ? {} : { timeoutNs }),
  };
}

/**
 * The bytes that method, URL and headers take in an encoded request: what it
 * would be decoded to can be judged before it is. Throws `contract`.
 */
export function httpFetchHeadBytes(bytes: Uint8Array): number {
  const record = RecordReader.parse(bytes);
  return ["method", "url", "headers"].reduce(
    (sum, key) => sum + (record.raw(key)?.length ?? 0),
    0,
  );
}

/** What `http_fetch` answers. */
export interface HttpFetchResult {
  /** 0 for `http_fetch`. */
  readonly id: bigint | number;
  /** The final response's status, after redirects. */
  readonly status: number;
  /** Names in canonical form; several Set-Cookie joined by a line feed. */
  readonly headers: TextMap;
  /** The whole body. */
  readonly body: Uint8Array;
}

/** `{id, status, headers, body}`. */
export function encodeHttpFetchResult(
  result: HttpFetchResult,
): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter(512 + result.body.length)
    .map(4)
    .str("id").u64(result.id)
    .str("status").u32(result.status);
  writeTextMap(writer.str("headers"), result.headers);
  return writer.str("body").bin(result.body).finish();
}

/** What `http_fetch_begin` answers. */
export interface HttpFetchHead {
  /** Names the stream in `http_fetch_read`, `http_fetch_close` and `http_respond_stream`. */
  readonly id: bigint;
  /** The final response's status, after redirects. */
  readonly status: number;
  /** As those of {@linkcode HttpFetchResult}. */
  readonly headers: TextMap;
}

/** `{id, status, headers}`. */
export function encodeHttpFetchHead(
  { id, status, headers }: HttpFetchHead,
): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter().map(3)
    .str("id").u64(id)
    .str("status").u32(status);
  writeTextMap(writer.str("headers"), headers);
  return writer.finish();
}

/** What `http_fetch_read` answers. */
export interface HttpFetchChunk {
  /** nil when nothing was read. */
  readonly bytes?: Uint8Array;
  /** Whether the body has ended. */
  readonly eof: boolean;
  /** What went wrong; left out of the record when absent. */
  readonly err?: string;
}

/** `{bytes, eof, err?}`. */
export function encodeHttpFetchChunk(
  { bytes, eof, err }: HttpFetchChunk,
): Uint8Array<ArrayBuffer> {
  const writer = new MsgpackWriter(64 + (bytes?.length ?? 0))
    .map(err === undefined ? 2 : 3)
    .str("bytes");
  if (bytes === undefined) writer.nil();
  else writer.bin(bytes);
  writer.str("eof").bool(eof);
  if (err !== undefined) writer.str("err").str(err);
  return writer.finish();
}

/** What a cell answers with `http_respond_stream`. */
export interface HttpRespondStream extends Omit<HttpRespond, "body"> {
  /** The stream whose body becomes the answer's. */
  readonly streamId: bigint;
}

/** Throws `contract`. */
export function decodeHttpRespondStream(bytes: Uint8Array): HttpRespondStream {
  const record = RecordReader.parse(bytes);
  return {
    id: record.u64("id"),
    streamId: record.u64("stream_id"),
    status: record.u32("status"),
    headers: record.strPairs("headers"),
    cookies: record.strList("cookies"),
  };
}

/** The route of `http_register`. */
export interface HttpRegister {
  /** As sent. */
  readonly method: string;
  /** A pattern with `:name` and `*name` segments, unchecked. */
  readonly path: string;
}

/** Throws `contract`. */
export function decodeHttpRegister(bytes: Uint8Array): HttpRegister {
  const record = RecordReader.parse(bytes);
  return { method: record.str("method"), path: record.str("path") };
}

/** The address of `http_listen`. */
export interface HttpListen {
  /** `host:port`. */
  readonly addr: string;
}

/** Throws `contract`. */
export function decodeHttpListen(bytes: Uint8Array): HttpListen {
  return { addr: RecordReader.parse(bytes).str("addr") };
}

/** Text by name, as a map. */
export function writeTextMap(writer: MsgpackWriter, map: TextMap): void {
  if (map instanceof Map) {
    writer.map(map.size);
    for (const [name, value] of map as ReadonlyMap<string, string>) {
      writer.str(name).str(value);
    }
    return;
  }
  const record = map as Readonly<Record<string, string>>;
  const names = Object.keys(record);
  writer.map(names.length);
  for (const name of names) writer.str(name).str(record[name]!);
}

/**
 * The id of a request in what {@linkcode encodeHttpRequest} made, without
 * decoding the rest: it stands first.
 */
export function requestIdOf(event: Uint8Array): bigint {
  return new DataView(event.buffer, event.byteOffset).getBigUint64(ID_AT);
}

/** A map header, the key `id`, and the head of a u64. */
const ID_AT = 1 + 3 + 1;
