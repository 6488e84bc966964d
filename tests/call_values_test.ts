import { assert, assertEquals, assertMatch } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { writeGuest } from "./guests/build.ts";
import { inPairs, pulp, pulpForBytes } from "./support/pulp.ts";

/** JSON that comes back to the byte, through the cell's own MessagePack. */
const SAME: readonly string[] = [
  "null",
  "true",
  "0",
  "-1",
  "9007199254740993",
  "9223372036854775807",
  "-9223372036854775808",
  "18446744073709551615",
  "1.0",
  "0.1",
  "-0.0",
  "1e+308",
  '""',
  '"Grüße 🌍"',
  '"\\u0000\\n\\"\\\\"',
  "[]",
  "{}",
  '{"$bytes":""}',
  '{"$bytes":"AAH/gA=="}',
  '{"a":[1,2.5,{"b":null}],"c":{"$bytes":"AQ=="}}',
  '{"__proto__":1,"constructor":2}',
];

async function guestIn(dir: TempDir, guest: string): Promise<string> {
  const written = await writeGuest(dir.path, guest);
  assert("path" in written);
  return written.path;
}

for (const [guest, name] of [["counter", "echo"], ["as-sdk", "value"]]) {
  assert(guest !== undefined && name !== undefined);
  Deno.test(`call gives every value back exactly (${guest})`, async (t) => {
    await using dir = new TempDir();
    const path = await guestIn(dir, guest);
    const allow = [`read=${dir.path}`];
    // All at once in one list, as a process for each would take long.
    const json = `[${SAME.join(",")}]`;
    const { code, out, err } = await pulp(["call", path, name, json], {
      allow,
    });
    assertEquals([code, err], [0, ""]);
    const outcomes = out.trimEnd().slice(1, -1);
    await t.step("as a list", () => assertEquals(outcomes, SAME.join(",")));
    const alone = ["18446744073709551615", '{"$bytes":"AAH/gA=="}', '""'];
    const single = await inPairs(
      alone,
      (value) => pulp(["call", path, name, value], { allow }),
    );
    assertEquals(single.map((it) => it.out), alone.map((it) => `${it}\n`));
  });
}

Deno.test("call prints an answer with keys in keys about as long as it is", async () => {
  await using dir = new TempDir();
  const depth = 26;
  const answer = [...Array(depth).fill(0x81), 0xa1, 0x61];
  answer.push(...Array(depth).fill(0xc0));
  const data = answer.map((it) => `\\${it.toString(16).padStart(2, "0")}`);
  const functions = `(data (i32.const 64) "${data.join("")}")
    (func (export "pulp_on_call") (param i32 i32 i32 i32) (param $p i32)
      (param $l i32) (result i32)
      (i32.store (local.get $p) (i32.const 64))
      (i32.store (local.get $l) (i32.const ${answer.length}))
      (i32.const 0))`;
  const { manifestPath } = await dir.cell(
    "keys",
    await wat(cellWat({ functions })),
  );
  const { code, out, err } = await pulp(["call", manifestPath, "x"], {
    allow: [`read=${dir.path}`],
  });
  assertEquals([code, err], [0, ""]);
  assertEquals(
    out,
    `{"${"{".repeat(depth - 1)}\\"a\\"${":null}".repeat(depth - 1)}":null}\n`,
  );
});

Deno.test("call reads - from standard input, as JSON or as bytes", async () => {
  await using dir = new TempDir();
  const path = await guestIn(dir, "counter");
  const allow = [`read=${dir.path}`];
  const json = await pulp(["call", path, "echo", "-"], {
    allow,
    stdin: " [ 1 ,\n 18446744073709551615 ] \n",
  });
  assertEquals([json.code, json.out], [0, "[1,18446744073709551615]\n"]);
  const every = Uint8Array.from({ length: 512 }, (_, index) => index);
  const raw = await pulpForBytes(["call", "--raw", path, "echo", "-"], {
    allow,
    stdin: every,
  });
  assertEquals([raw.code, raw.err], [0, ""]);
  assertEquals(raw.out, every);
  const text = await pulpForBytes(["call", path, "echo", "Grüße", "--raw"], {
    allow,
  });
  assertEquals(text.out, new TextEncoder().encode("Grüße"));
});

Deno.test("call without an argument hands over nothing, and prints nothing for nothing", async () => {
  await using dir = new TempDir();
  const path = await guestIn(dir, "counter");
  const allow = [`read=${dir.path}`];
  for (const more of [[], ["--raw"], ["--raw", ""]]) {
    const { code, out, err } = await pulp(["call", path, "echo", ...more], {
      allow,
    });
    assertEquals([code, out, err], [0, "", ""]);
  }
});

Deno.test("step hands the event to the cell, and counts from 0", async () => {
  await using dir = new TempDir();
  const path = await guestIn(dir, "counter");
  const { code, out } = await pulp(
    ["step", path, "--count=3", "--event=tick", '--payload={"n":1}'],
    { allow: [`read=${dir.path}`] },
  );
  assertEquals([code, out], [0, "0\n0\n0\n"]);
});

Deno.test("call takes a file of a manifest by any name", async () => {
  await using dir = new TempDir();
  const path = await guestIn(dir, "counter");
  const other = path.replace("pulp.cell.toml", "other.toml");
  await Deno.rename(path, other);
  const { code, out } = await pulp(["call", other, "count"], {
    allow: [`read=${dir.path}`],
  });
  assertEquals([code, out], [0, "0\n"]);
  const folder = await pulp(["call", dir.join("counter"), "count"], {
    allow: [`read=${dir.path}`],
  });
  assertEquals(folder.code, 2);
  assertMatch(folder.err, /the folder holds no pulp\.cell\.toml/);
});
