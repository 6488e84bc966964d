/**
 * The modules are what their texts say, byte for byte. `UPDATE_GOLDEN=1`
 * assembles them anew.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { wat } from "../testing/wat.ts";
import { HOSTILE_MODULES } from "./hostile_modules.ts";

const FOLDER = new URL("./hostile/", import.meta.url);
const FILE = new URL("./hostile_modules.ts", import.meta.url);

async function assembled(): Promise<Record<string, string>> {
  const modules: Record<string, string> = {};
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).sort();
  for (const name of names) {
    const text = await Deno.readTextFile(new URL(name, FOLDER));
    modules[name.replace(/\.wat$/, "")] = (await wat(text)).toBase64();
  }
  return modules;
}

function source(modules: Record<string, string>): string {
  const rows = Object.entries(modules).map(([name, base64]) =>
    `  ${name}:\n    "${base64}",\n`
  );
  return `/**
 * The modules of the doctor, made from \`hostile/*.wat\`: a program compiled into
 * one file has no folder to read them from. A test holds the two together, and
 * \`UPDATE_GOLDEN=1\` lets it write this file.
 *
 * @module
 */

/** Base64 by the name of the text. */
export const HOSTILE_MODULES = {
${rows.join("")}} as const;
`;
}

Deno.test("the doctor's modules are what their texts say, byte for byte", async () => {
  const modules = await assembled();
  if (Deno.env.get("UPDATE_GOLDEN") === "1") {
    await Deno.writeTextFile(FILE, source(modules));
  }
  assertEquals({ ...HOSTILE_MODULES }, modules);
  assertEquals(await Deno.readTextFile(FILE), source(modules));
});
