import { assertEquals } from "@std/assert";
import { COMMANDS } from "../src/cli/commands.ts";
import { GOLDEN } from "./golden/cases.ts";
import { goldenText } from "./golden/golden.ts";

const FOLDER = new URL("./golden/", import.meta.url);

for (const [command, golden] of Object.entries(GOLDEN)) {
  Deno.test(`${command} prints what its golden file holds; UPDATE_GOLDEN=1 writes it`, async () => {
    const file = new URL(`${command}.txt`, FOLDER);
    const text = await goldenText(golden);
    if (Deno.env.get("UPDATE_GOLDEN") === "1") {
      await Deno.writeTextFile(file, text);
    }
    assertEquals(text, await Deno.readTextFile(file));
  });
}

Deno.test("every command has golden output, one that goes well and one that does not", async () => {
  const found: Record<string, string[]> = {};
  for (const { name } of COMMANDS) {
    const text = await Deno.readTextFile(new URL(`${name}.txt`, FOLDER))
      .catch(() => "");
    found[name] = [/^exit: 0$/m, /^exit: [1-9]/m]
      .filter((pattern) => pattern.test(text)).map(String);
  }
  const whole = ["/^exit: 0$/m", "/^exit: [1-9]/m"];
  assertEquals(
    found,
    Object.fromEntries(COMMANDS.map(({ name }) => [name, whole])),
  );
});
