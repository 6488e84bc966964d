import { assertEquals, assertThrows } from "@std/assert";
import { elementsOf, parseXml, textOf } from "./well_formed.ts";

Deno.test("parseXml() reads elements, attributes and text", () => {
  const root = parseXml('<!-- a -->\n<a x="&lt;1"><b/>t &amp; u<b>v</b></a>\n');
  assertEquals(root.attributes.get("x"), "<1");
  assertEquals(elementsOf(root, "b").length, 2);
  assertEquals(textOf(root), "t & uv");
});

Deno.test("parseXml() refuses what is not well-formed", () => {
  for (
    const text of [
      "",
      "text",
      "<a>",
      "</a>",
      "<a></b>",
      "<a><b></a></b>",
      "<a/><b/>",
      "<a>&</a>",
      "<a>&nbsp;</a>",
      "<a>></a>",
      '<a x="<"/>',
      "<a x=1/>",
      '<a x="1" x="2"/>',
      "<a>\x07</a>",
      "<a>\ud800</a>",
      "<!-- -- --><a/>",
    ]
  ) assertThrows(() => parseXml(text), Error, undefined, text);
});
