import { assert, assertEquals, assertThrows } from "@std/assert";
import { CONTRACT } from "../../capabilities/contract.ts";
import { PulpError } from "../../errors.ts";
import { COMMANDS } from "../commands.ts";
import { CAPABILITIES, parseCapabilities } from "./capability_examples.ts";
import { LANGUAGES } from "./language.ts";

Deno.test("there is an example of each capability that a manifest can declare", () => {
  const declared = Object.keys(CONTRACT).filter((it) => it !== "pulp.sibling");
  assertEquals(CAPABILITIES.toSorted(), declared.sort());
});

Deno.test("the help of new names every language and every capability", () => {
  const command = COMMANDS.find(({ name }) => name === "new");
  assert(command !== undefined);
  const lang = command.options.find(({ name }) => name === "lang");
  assertEquals(lang?.choices, Object.keys(LANGUAGES));
  const text = command.description.at(-1);
  assertEquals(text, `Capabilities: ${CAPABILITIES.join(", ")}.`);
});

Deno.test("parseCapabilities() takes lists, blanks, capitals and repeats", () => {
  assertEquals(parseCapabilities([]), []);
  assertEquals(
    parseCapabilities(["Storage.FS, log.write", "storage.fs"]),
    ["storage.fs", "log.write"],
  );
  assertEquals(
    parseCapabilities([" storage.fs  log.write,entropy.read"]),
    ["storage.fs", "log.write", "entropy.read"],
  );
});

Deno.test("parseCapabilities() says what was meant", () => {
  const cases: readonly (readonly [given: string, says: string])[] = [
    ["storage.sqlit", '(did you mean "storage.sqlite"?)'],
    ["sqlite", '(did you mean "storage.sqlite"?)'],
    [
      "http",
      '(did you mean "transport.http.inbound" or "transport.http.outbound"?)',
    ],
    ["udp", '(did you mean "network.udp"?)'],
    ["network.upd", '(did you mean "network.udp"?)'],
    ["pulp.sibling", "every cell has it"],
    ["log.write,,", "one of them is blank"],
    ["toString", 'Unknown capability "tostring"'],
    ["teleport", 'Unknown capability "teleport"'],
  ];
  for (const [given, says] of cases) {
    const error = assertThrows(() => parseCapabilities([given]), PulpError);
    assertEquals(error.code, "usage");
    assert(error.message.includes(says), error.message);
    assert(error.hint !== undefined);
  }
});
