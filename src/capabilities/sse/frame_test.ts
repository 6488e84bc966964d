import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { LIMITS } from "../../limits.ts";
import { encodeSseEvent, faultOfEvent } from "./frame.ts";

const decoder = new TextDecoder();

function text(event: Parameters<typeof encodeSseEvent>[0]): string {
  return decoder.decode(encodeSseEvent(event));
}

/** What a client makes of a stream: WHATWG HTML, section 9.2.6. */
function parse(
  stream: string,
): { id?: string; event?: string; data: string }[] {
  const events: { id?: string; event?: string; data: string }[] = [];
  let current: { id?: string; event?: string; data?: string } = {};
  for (const line of stream.split(/\r\n|\r|\n/)) {
    if (line === "") {
      const { data, ...rest } = current;
      if (data !== undefined) events.push({ ...rest, data });
      current = {};
      continue;
    }
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ??
      [];
    if (field === "data") {
      current.data = current.data === undefined
        ? value
        : `${current.data}\n${value}`;
    } else if (field === "id" || field === "event") current[field] = value;
  }
  return events;
}

Deno.test("encodeSseEvent() writes id, event and a line for each line of data", () => {
  assertEquals(text({ data: "x" }), "data: x\n\n");
  assertEquals(text({ data: "" }), "data: \n\n");
  assertEquals(
    text({ id: "7", event: "note", data: "a\nb" }),
    "id: 7\nevent: note\ndata: a\ndata: b\n\n",
  );
  assertEquals(text({ data: "a\n" }), "data: a\ndata: \n\n");
  assertEquals(text({ data: "a\r\nb\rc" }), "data: a\ndata: b\ndata: c\n\n");
  assertEquals(text({ data: ": no comment" }), "data: : no comment\n\n");
});

Deno.test("a line end in id or event is a fault, and a NUL in id", () => {
  for (const end of ["\n", "\r", "\r\n", "x\ndata: forged"]) {
    assertMatch(faultOfEvent({ id: end, data: "" }) ?? "", /line end/);
    assertMatch(faultOfEvent({ event: end, data: "" }) ?? "", /line end/);
  }
  assertMatch(faultOfEvent({ id: "\0", data: "" }) ?? "", /NUL/);
  assertEquals(faultOfEvent({ id: "1", event: "\0", data: "\n\0" }), undefined);
});

Deno.test("an event has a limit as it goes out, where each line has a field of its own", () => {
  const most = LIMITS.messageBytes;
  for (const data of ["x".repeat(most), "ü".repeat(most / 2)]) {
    assertEquals(faultOfEvent({ data }), undefined);
  }
  for (const end of ["\n", "\r", "\r\n"]) {
    const lines = (count: number): string => end.repeat(count);
    const fault = faultOfEvent({ data: lines(most / 2) }) ?? "";
    assertMatch(fault, new RegExp(`the most is ${LIMITS.sseEventBytes}`));
    const data = lines(100_000);
    assertEquals(faultOfEvent({ data }), undefined);
    assert(encodeSseEvent({ data }).length <= LIMITS.sseEventBytes);
  }
});

Deno.test("what encodeSseEvent() writes is one event for a client, whatever is in it", () => {
  const line = fc.string({ unit: "binary" }).filter((s) => !/[\r\n]/.test(s));
  const data = fc.array(
    fc.oneof(line, fc.constantFrom("\n", "\r", "\r\n", ":", "data: ", "id: 1")),
  ).map((parts) => parts.join(""));
  fc.assert(
    fc.property(
      line.filter((s) => s !== "" && !s.includes("\0")),
      line.filter((s) => s !== ""),
      data,
      (id, event, data) => {
        const stream = text({ id, event, data });
        const lines = data.split(/\r\n|\r|\n/).join("\n");
        assertEquals(parse(stream), [{
          id: id.toWellFormed(),
          event: event.toWellFormed(),
          data: lines.toWellFormed(),
        }]);
      },
    ),
  );
});
