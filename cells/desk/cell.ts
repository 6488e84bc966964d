/**
 * Asks a sibling that provides `greet`, on a listener of its own: `GET
 * /greet/:name` answers what it says, `GET /token` 16 random bytes.
 */

export * from "../sdk/assemblyscript/exports";

import { onInit } from "../sdk/assemblyscript/cell";
import { randomBytes } from "../sdk/assemblyscript/entropy";
import { listenOn, Request, Response, route } from "../sdk/assemblyscript/http";
import { decode } from "../sdk/assemblyscript/msgpack_reader";
import { MsgpackWriter } from "../sdk/assemblyscript/msgpack_writer";
import { callCell } from "../sdk/assemblyscript/siblings";
import { Value } from "../sdk/assemblyscript/value";

const NOT_LISTED: u32 = 11;

/** The cell that is asked. */
const GREETER = "hello";

onInit((config: Value): string | null => {
  const addr = config.get("addr").asStr();
  const code = listenOn(addr);
  if (code == NOT_LISTED) {
    return `Cannot listen on "${addr}": the manifest does not list it in [permissions] net`;
  }
  if (code != 0) {
    return `Cannot listen on "${addr}": the host answers ${code}, and its log says why`;
  }
  return (route("GET", "/greet/:name", greet) |
      route("GET", "/token", token)) == 0
    ? null
    : "Cannot register the routes";
});

function greet(request: Request): Response {
  const args = new MsgpackWriter().map(1);
  args.str("name").str(request.param("name"));
  const answer = callCell(GREETER, "greet", args.finish());
  if (answer.code == NOT_LISTED) {
    return Response.text(502, `the manifest does not consume "greet"\n`);
  }
  if (answer.code != 0) {
    return Response.text(
      502,
      `"${GREETER}" does not answer: code ${answer.code}\n`,
    );
  }
  const bytes = answer.bytes;
  const value = decode(bytes.dataStart, bytes.length);
  return value === null
    ? Response.text(502, `"${GREETER}" answers what is no MessagePack\n`)
    : Response.text(200, `${value.get("message").asStr()}\n`);
}

function token(_request: Request): Response {
  const bytes = randomBytes(16);
  if (bytes === null) return Response.text(500, "there are no random bytes\n");
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    text += bytes[i].toString(16).padStart(2, "0");
  }
  return Response.text(200, `${text}\n`);
}
