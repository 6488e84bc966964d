import { assertEquals } from "@std/assert";
import { wantsWebSocket } from "../ws/handshake.ts";
import { HeaderReader } from "./request_headers.ts";

Deno.test("HeaderReader gives a cell the first value, and the host all of Connection", () => {
  const { fields, ...rest } = new HeaderReader().read(
    new Headers([
      ["host", "a.example"],
      ["x-id", "1"],
      ["connection", "keep-alive"],
      ["x-id", "2"],
      ["connection", "Upgrade"],
      ["upgrade", "websocket"],
    ]),
  );
  assertEquals(Object.fromEntries(fields), {
    "X-Id": "1",
    "Connection": "keep-alive",
    "Upgrade": "websocket",
  });
  assertEquals(rest, { host: "a.example", connection: "keep-alive,Upgrade" });
  assertEquals(wantsWebSocket("GET", { fields, ...rest }), true);
  assertEquals(wantsWebSocket("GET", { fields }), false);
});
