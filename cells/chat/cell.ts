/** A room: what one WebSocket client says all of them get, and whoever listens to the feed. */

export * from "../sdk/assemblyscript/exports";

import { onInit } from "../sdk/assemblyscript/cell";
import { Request, Response, route } from "../sdk/assemblyscript/http";
import { writeJson } from "../sdk/assemblyscript/json_writer";
import { emit, listeners, offerEvents } from "../sdk/assemblyscript/sse";
import { decodeUtf8, encodeUtf8 } from "../sdk/assemblyscript/utf8";
import { Value } from "../sdk/assemblyscript/value";
import {
  acceptSockets,
  Closed,
  closeSocket,
  Frame,
  Opened,
  sendText,
} from "../sdk/assemblyscript/ws";
import { PAGE } from "./page";

const FEED = "/feed";
const MOST_BYTES: i32 = 4000;

/** Close codes: a kind of data that is not taken, and a message too big. */
const UNSUPPORTED: u16 = 1003;
const TOO_BIG: u16 = 1009;

const room = new Array<u64>();
let messages: u64 = 0;

onInit((_config: Value): string | null => {
  const code = route("GET", "/", page) | route("GET", "/status", status) |
    acceptSockets("/chat", join, say, leave) | offerEvents(FEED);
  return code == 0
    ? null
    : "Cannot open the room: the host refuses a route, and its log says why";
});

function page(_request: Request): Response {
  return Response.of(200, "text/html; charset=utf-8", encodeUtf8(PAGE));
}

function status(_request: Request): Response {
  return Response.json(
    200,
    Value.map()
      .set("connections", Value.int(room.length))
      .set("listeners", Value.int(listeners(FEED)))
      .set("messages", Value.uint(messages)),
  );
}

function join(opened: Opened): void {
  room.push(opened.id);
}

function say(frame: Frame): void {
  if (!frame.isText) {
    closeSocket(frame.id, UNSUPPORTED, "text only");
    return;
  }
  if (frame.payload.length > MOST_BYTES) {
    closeSocket(frame.id, TOO_BIG, `at most ${MOST_BYTES} bytes`);
    return;
  }
  messages++;
  const json = writeJson(
    Value.map()
      .set("from", Value.uint(frame.id))
      .set("text", Value.str(decodeUtf8(frame.payload))),
  );
  // Who is gone by now is a code that needs no answer: `leave` follows.
  for (let i = 0; i < room.length; i++) sendText(room[i], json);
  if (listeners(FEED) > 0) {
    emit(FEED, decodeUtf8(json), "message", messages.toString());
  }
}

function leave(closed: Closed): void {
  const index = room.indexOf(closed.id);
  if (index >= 0) room.splice(index, 1);
}
