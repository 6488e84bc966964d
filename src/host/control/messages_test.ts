import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { jsonToMessage, messageToJson } from "../../abi/json.ts";
import { PulpError } from "../../errors.ts";
import {
  type ControlRequest,
  decodeReply,
  decodeRequest,
  encodeCells,
  encodeReply,
  encodeRequest,
} from "./messages.ts";

const request = (json: string): ControlRequest =>
  decodeRequest(jsonToMessage(json));

function refusal(message: Uint8Array): string {
  const error = assertThrows(() => decodeRequest(message), PulpError);
  assertEquals(error.code, "contract");
  return error.message;
}

Deno.test("requests are maps of op and cell", () => {
  assertEquals(
    messageToJson(encodeRequest({ op: "reload", cell: "a" })),
    '{"op":"reload","cell":"a"}',
  );
  for (const op of ["status", "shutdown_all"] as const) {
    assertEquals(messageToJson(encodeRequest({ op })), `{"op":"${op}"}`);
    assertEquals(request(`{"op":"${op}","cell":"","more":[1,{}]}`), { op });
  }
});

Deno.test("decodeRequest() reads what encodeRequest() wrote", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("shutdown" as const, "reload" as const),
      fc.string({ minLength: 1, unit: "grapheme" }),
      (op, cell) => {
        assertEquals(decodeRequest(encodeRequest({ op, cell })), { op, cell });
      },
    ),
  );
});

Deno.test("decodeRequest() says what is wrong in the words of the contract", () => {
  const json = (text: string): string => refusal(jsonToMessage(text));
  assertEquals(json('{"op":"shutdown"}'), "cell name required");
  assertEquals(json('{"op":"reload","cell":null}'), "cell name required");
  assertEquals(json('{"op":"boom"}'), "unknown op: boom");
  assertEquals(json("{}"), "unknown op: ");
  assertEquals(
    json('{"op":"stauts"}'),
    'unknown op: stauts (did you mean "status"?)',
  );
  assertEquals(json(`{"op":"${"x".repeat(100_000)}"}`).length, 12 + 64);
  for (const text of ["[]", "1", '{"op":5}', '{"op":"status","cell":[]}']) {
    assertEquals(json(text).startsWith("invalid msgpack: "), true);
  }
  assertEquals(
    refusal(Uint8Array.of(0xc1)).startsWith("invalid msgpack: "),
    true,
  );
});

Deno.test("decodeRequest() takes any bytes for a request or refuses them", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    try {
      decodeRequest(bytes);
    } catch (error) {
      assertEquals(error instanceof PulpError && error.code, "contract");
    }
  }));
});

Deno.test("replies leave out what is not there, and steps take 64 bits", () => {
  assertEquals(messageToJson(encodeReply({ ok: true })), '{"ok":true}');
  assertEquals(
    messageToJson(encodeReply({ ok: true, cells: [] })),
    '{"ok":true}',
  );
  assertEquals(
    messageToJson(encodeReply({ ok: false, error: "no" })),
    '{"error":"no"}',
  );
  const text = (word: string): number[] => [
    0xa0 | word.length,
    ...new TextEncoder().encode(word),
  ];
  assertEquals(
    [...encodeReply({
      ok: true,
      cells: [{ name: "a", state: "ready", steps: 7 }],
    })],
    // deno-fmt-ignore
    [
      0x82, ...text("ok"), 0xc3, ...text("cells"), 0x91,
      0x83, ...text("name"), ...text("a"), ...text("state"), ...text("ready"),
      ...text("steps"), 0xcf, 0, 0, 0, 0, 0, 0, 0, 7,
    ],
  );
});

Deno.test("decodeReply() reads what encodeReply() wrote, every bit of it", () => {
  const cell = fc.record({
    name: fc.string({ unit: "grapheme" }),
    state: fc.constantFrom("ready", "failed", "stopped"),
    steps: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  });
  fc.assert(
    fc.property(fc.array(cell, { minLength: 1, maxLength: 5 }), (cells) => {
      assertEquals(decodeReply(encodeReply({ ok: true, cells })), {
        ok: true,
        cells,
      });
    }),
  );
  assertEquals(decodeReply(encodeReply({ ok: false, error: "no" })), {
    ok: false,
    error: "no",
  });
  const cells = [{ name: "a", state: "ready", steps: 2n ** 64n - 1n }];
  assertEquals(
    messageToJson(encodeCells(cells)),
    '{"cells":[{"name":"a","state":"ready","steps":18446744073709551615}]}',
  );
});

Deno.test("decodeReply() refuses what is no reply", () => {
  for (
    const text of [
      "{}",
      '{"ok":false}',
      '{"ok":1}',
      "[]",
      '{"ok":true,"cells":5}',
      '{"ok":true,"cells":[5]}',
      '{"ok":true,"cells":[{"name":"a","state":"ready"}]}',
      '{"ok":true,"cells":[{"name":"a","state":"ready","steps":-1}]}',
      '{"ok":true,"cells":[{"name":"a","state":"ready","steps":1.5}]}',
      '{"ok":true,"cells":[{"name":1,"state":"ready","steps":1}]}',
    ]
  ) {
    assertThrows(() => decodeReply(jsonToMessage(text)), PulpError);
  }
});
