import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { LAST_PROMPT, sceneOf } from "./scene.ts";
import { drawTour } from "./svg.ts";
import {
  elementsOf,
  parseXml,
  textOf,
  type XmlElement,
} from "./testing/well_formed.ts";
import { timelineOf } from "./timeline.ts";
import { escapeXml } from "./xml.ts";

const FRAME = {
  title: "A <title>",
  description: 'With "quotes" & more',
  caption: "~",
  columns: 40,
};

// deno-lint-ignore no-control-regex -- what XML forbids
const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

function draw(output: string, command = "run"): XmlElement {
  const scene = sceneOf({ says: "Why", command }, output, FRAME.columns);
  return parseXml(drawTour(timelineOf([scene], LAST_PROMPT), FRAME));
}

function textsOf(root: XmlElement): string[] {
  return elementsOf(root, "text").map(textOf);
}

Deno.test("drawTour() escapes what it shows", () => {
  const root = draw("<script>&amp;\"\x1b[2m'</script>\n", "echo '<&>'");
  assertEquals(textsOf(root).slice(1), [
    "# Why",
    "$",
    "echo '<&>'",
    '<script>&amp;"',
    "'</script>",
    "$",
  ]);
  assertEquals(elementsOf(root, "script"), []);
});

Deno.test("drawTour() draws whatever is printed as XML", () => {
  const anything = fc.string({ unit: "binary" })
    .map((text) => text.replaceAll("\x1b", ""));
  fc.assert(fc.property(anything, anything, (output, command) => {
    draw(output, command);
  }));
});

Deno.test("drawTour() says what the picture is", () => {
  const root = draw("");
  const labels = root.attributes.get("aria-labelledby")?.split(" ");
  const [title, description] = ["title", "desc"].map((name) =>
    elementsOf(root, name)[0]
  );
  assertEquals(
    labels,
    [title, description].map((it) => it?.attributes.get("id")),
  );
  assertEquals(title && textOf(title), FRAME.title);
  assertEquals(description && textOf(description), FRAME.description);
});

Deno.test("drawTour() moves only where motion is wanted", () => {
  const style = textOf(elementsOf(draw("a\n"), "style")[0]!);
  const wanted =
    /@media \(prefers-reduced-motion:no-preference\)\{([^@]*)\n\}\n/
      .exec(style);
  assert(wanted !== null);
  assert(wanted[1]?.includes("animation:"));
  // Nothing is hidden by what stands outside of that, but for covers.
  const rest = style.replace(wanted[0], "").replaceAll(/@keyframes.*\n/g, "");
  assertEquals(/animation|opacity/.test(rest), false, rest);
  assert(rest.includes(".typed{display:none}"));
  assert(rest.includes("@media (prefers-color-scheme:dark)"));
});

Deno.test("drawTour() names an animation for each group that appears later", () => {
  const root = draw("a\nb\n");
  const style = textOf(elementsOf(root, "style")[0]!);
  const made = [...style.matchAll(/@keyframes ([\w-]+)/g)].map(([, name]) =>
    name
  );
  const used = elementsOf(root, "g")
    .map((group) => group.attributes.get("style")?.split(":")[1]);
  assertEquals(used.filter((name) => !made.includes(name)), ["row0"]);
  assertEquals(made.filter((name) => !used.includes(name)), []);
  assertEquals(new Set(made).size, made.length);
});

Deno.test("drawTour() gives a wide character the room of two", () => {
  const lengths = (text: string): (string | undefined)[] =>
    elementsOf(draw(`${text}\n`), "text").filter((it) => textOf(it) === text)
      .map(({ attributes }) => attributes.get("textLength"));
  assertEquals(lengths("ab"), lengths("天"));
});

Deno.test("escapeXml() keeps the text, but for what XML can't hold", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const read = textOf(parseXml(`<a>${escapeXml(text)}</a>`));
    assertEquals(read, text.replace(FORBIDDEN, "\ufffd").toWellFormed());
  }));
});
