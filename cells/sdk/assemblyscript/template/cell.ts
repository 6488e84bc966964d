/** A cell in AssemblyScript. The manifest beside it says what it may do. */

export * from "./sdk/exports";
export {
  pulp_on_call,
  pulp_on_call_error_len,
  pulp_on_call_error_ptr,
} from "./sdk/providers";

//#if transport.sse | spawn.process
import { onInit, onTick } from "./sdk/cell";
//#else
import { onInit } from "./sdk/cell";
//#end
//#if entropy.read
import { randomBytes } from "./sdk/entropy";
//#end
//#if transport.http.outbound
import { fetch, FetchRequest } from "./sdk/fetch";
//#end
//#if storage.fs
import { readFile, writeFile } from "./sdk/fs";
//#end
//#if transport.http.inbound
import { Request, Response, route } from "./sdk/http";
//#end
//#if log.write | spawn.process
import { Level, log } from "./sdk/log";
//#end
//#if spawn.process
import {
  FIRST_PROCESS_ID,
  PROCESS_PENDING,
  programResult,
  ProgramStart,
  startProgram,
} from "./sdk/process";
//#end
import { Call, provide } from "./sdk/providers";
//#if storage.sqlite
import { exec, query, SqlResult } from "./sdk/sqlite";
//#end
//#if transport.sse
import { emit, listeners, offerEvents } from "./sdk/sse";
//#end
//#if network.udp
import { listenUdp, onPacket, sendUdp, UdpPacket } from "./sdk/udp";
//#end
//#if storage.fs
import { decodeUtf8, encodeUtf8 } from "./sdk/utf8";
//#else
//#if spawn.process
import { decodeUtf8 } from "./sdk/utf8";
//#end
//#end
import { Value } from "./sdk/value";
//#if transport.ws.inbound
import {
  acceptSockets,
  Closed,
  Frame,
  Opened,
  sendBytes,
  sendText,
} from "./sdk/ws";
//#end
//#if transport.sse

/** When the last event was sent. */
let lastSecond: u64 = 0;
//#end
//#if spawn.process

/** The program that runs; 0 = none. */
let program: u32 = 0;
//#end

/** Runs once, before anything else. What it returns is wrong; `null` is well. */
//#if network.udp
onInit((config: Value): string | null => {
//#else
onInit((_config: Value): string | null => {
//#end
  //#if storage.sqlite
  const made = exec(
    "CREATE TABLE IF NOT EXISTS visits (page TEXT PRIMARY KEY, count INTEGER NOT NULL)",
  );
  if (!made.ok) return made.error;
  //#end
  //#if transport.http.inbound
  if (route("GET", "/", home) != 0) return "Cannot serve /";
  //#end
  //#if transport.ws.inbound
  if (acceptSockets("/ws", opened, received, closed) != 0) {
    return "Cannot serve /ws";
  }
  //#end
  //#if transport.sse
  if (offerEvents("/events") != 0) return "Cannot serve /events";
  //#end
  //#if network.udp
  const addr = config.get("addr").asStr();
  if (listenUdp(addr).code != 0) return `Cannot listen on "${addr}"`;
  //#end
  //#if spawn.process
  program = startProgram(new ProgramStart(["whoami"]));
  if (program < FIRST_PROCESS_ID) return "Cannot start whoami";
  //#end
  //#if log.write
  log(Level.Info, "the cell is up");
  //#end
  return null;
});
//#if transport.sse | spawn.process

/** Runs when there is nothing else to do: every millisecond at first, then less often. */
//#if transport.sse
onTick((wallTimeNs: u64): void => {
//#else
onTick((_wallTimeNs: u64): void => {
//#end
  //#if transport.sse
  emitTime(wallTimeNs / 1_000_000_000);
  //#end
  //#if spawn.process
  logProgram();
  //#end
});
//#end

provide("greet", (call: Call): void => {
  const name = call.args.get("name");
  if (!name.isStr) {
    call.fail('"name" must be a string');
    return;
  }
  call.reply.map(1).str("message").str(`Hello, ${name.text}!`);
});
//#if storage.sqlite

provide("visit", (call: Call): void => {
  const counted = countVisit(call.args.get("page").asStr());
  if (!counted.ok) {
    call.fail(counted.error);
    return;
  }
  call.reply.map(1).str("count").int(counted.rows[0][0].asInt());
});

/** The database is the cell's own, and outlives it. */
function countVisit(page: string): SqlResult {
  return query(
    "INSERT INTO visits VALUES (?, 1) " +
      "ON CONFLICT (page) DO UPDATE SET count = count + 1 RETURNING count",
    [Value.str(page)],
  );
}
//#end
//#if storage.fs

provide("remember", (call: Call): void => {
  const text = encodeUtf8(call.args.get("text").asStr());
  const code = writeFile("notes/last.txt", text);
  if (code != 0) call.fail(`Cannot write: the host answers ${code}`);
});

provide("recall", (call: Call): void => {
  const file = readFile("notes/last.txt");
  if (file.code != 0) {
    call.fail(`Cannot read: the host answers ${file.code}`);
    return;
  }
  call.reply.map(1).str("text").str(decodeUtf8(file.bytes));
});
//#end
//#if transport.http.outbound

provide("fetch", (call: Call): void => {
  const url = call.args.get("url").asStr();
  const result = fetch(new FetchRequest(url));
  if (result.code != 0) {
    call.fail(`Cannot fetch "${url}": the host answers ${result.code}`);
    return;
  }
  call.reply.map(1).str("status").u32(result.status);
});
//#end
//#if entropy.read

provide("token", (call: Call): void => {
  const bytes = randomBytes(16);
  if (bytes === null) {
    call.fail("there are no random bytes");
    return;
  }
  call.reply.map(1).str("bytes").bytes(bytes);
});
//#end
//#if transport.http.inbound

/** Answers `GET /`. */
function home(_request: Request): Response {
  //#if storage.sqlite
  const counted = countVisit("/");
  if (!counted.ok) return Response.text(500, counted.error);
  return Response.text(200, `Hello! Visits: ${counted.rows[0][0].asInt()}\n`);
  //#else
  return Response.text(200, "Hello!\n");
  //#end
}
//#end
//#if transport.ws.inbound

function opened(_opened: Opened): void {}

/** Sends each message back to its client. */
function received(frame: Frame): void {
  if (frame.isText) sendText(frame.id, frame.payload);
  else sendBytes(frame.id, frame.payload);
}

function closed(_closed: Closed): void {}
//#end
//#if transport.sse

/** Tells who listens to `GET /events` the time, once a second. */
function emitTime(second: u64): void {
  if (second == lastSecond || listeners("/events") == 0) return;
  lastSecond = second;
  emit("/events", second.toString(), "time");
}
//#end
//#if network.udp

/** Sends each packet back to where it came from. */
onPacket((packet: UdpPacket): void => {
  sendUdp(packet.socketId, packet.srcAddr, packet.payload);
});
//#end
//#if spawn.process

/** Logs what the program wrote, once it has ended. */
function logProgram(): void {
  if (program == 0) return;
  const result = programResult(program);
  if (result.status == PROCESS_PENDING) return;
  program = 0;
  const said = result.error == "" ? decodeUtf8(result.stdout) : result.error;
  log(Level.Info, `whoami: ${said.trim()}`);
}
//#end
