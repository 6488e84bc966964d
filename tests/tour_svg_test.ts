import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  parseXml,
  type XmlElement,
} from "../scripts/tour/testing/well_formed.ts";
import { TOUR, tourProblem } from "../scripts/tour_svg.ts";
import { blocksOf } from "./docs/markdown.ts";
import { ROOT, runProcess } from "./support/pulp.ts";

const MOST_BYTES = 60_000;

const missing = await tourProblem();
const picture = await Deno.readTextFile(join(ROOT, "docs/tour.svg"));

function namesIn({ name, children }: XmlElement): string[] {
  const below = children.filter((child) => typeof child !== "string");
  return [name, ...below.flatMap(namesIn)];
}

Deno.test({
  name: `docs/tour.svg is what the commands print${
    missing === undefined ? "" : ` (skipped: ${missing})`
  }`,
  ignore: missing !== undefined,
  fn: async () => {
    const { code, err } = await runProcess(Deno.execPath(), [
      "task",
      "--quiet",
      "tour",
      "--check",
    ], { cwd: ROOT });
    assertEquals(code, 0, err);
    assertEquals(err, "");
  },
});

Deno.test("the script of docs/tour.svg refuses what it does not know", async () => {
  const { code, err } = await runProcess(Deno.execPath(), [
    "task",
    "--quiet",
    "tour",
    "--chek",
  ], { cwd: ROOT });
  assertEquals(code, 2);
  assertStringIncludes(err, 'Cannot read "--chek"');
});

Deno.test("docs/tour.svg stands alone, and is small", () => {
  const root = parseXml(picture);
  assert(new TextEncoder().encode(picture).length < MOST_BYTES);
  const kinds = new Set(namesIn(root));
  const drawn = ["circle", "desc", "g", "path", "rect", "style", "svg"];
  assertEquals([...kinds].sort(), [...drawn, "text", "title"]);
  assertEquals(/url\(|@import/.test(picture), false);
});

Deno.test("docs/tour.svg takes less than a minute", () => {
  const [, seconds] = /animation:([\d.]+)s/.exec(picture) ?? [];
  assert(Number(seconds) >= 25 && Number(seconds) <= 45, seconds);
});

Deno.test("the commands of the tour stand in README.md as they are", async () => {
  const readme = await Deno.readTextFile(join(ROOT, "README.md"));
  const text = blocksOf(readme).filter(({ kind }) => kind === "console")
    .map((block) => block.text).join("");
  const absent = TOUR.filter(({ command }) => !text.includes(`$ ${command}\n`));
  assertEquals(absent.map(({ command }) => command), []);
});
