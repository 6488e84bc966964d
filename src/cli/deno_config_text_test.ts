import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { parse, type ParseError, visit } from "jsonc-parser";
import { PulpError } from "../errors.ts";
import { withPermissionSet } from "./deno_config_text.ts";
import type { PermissionSet } from "./hosting_flags.ts";

const SET: PermissionSet = { read: ["src", "a,b"], net: true };
const OTHER: PermissionSet = { env: ["HOME"] };

function put(text: string, set = SET, force = false, name = "web"): string {
  return withPermissionSet(text, { path: "/x/deno.json", name, set, force });
}

/** Lines, so that what is compared looks as it does in a file. */
function lines(...text: string[]): string {
  return text.join("\n") + "\n";
}

const BLOCK = [
  '    "web": {',
  '      "read": [',
  '        "src",',
  '        "a,b"',
  "      ],",
  '      "net": true',
  "    }",
];

Deno.test("withPermissionSet() makes an object of an empty text, behind its comments", () => {
  const whole = lines("{", '  "permissions": {', ...BLOCK, "  }", "}");
  assertEquals(put(""), whole);
  assertEquals(put("// mine\n"), `// mine\n${whole}`);
  assertEquals(put("// mine"), `// mine\n${whole}`);
});

Deno.test("withPermissionSet() leaves comments where they belong", () => {
  assertEquals(
    put(lines(
      "{",
      "  // tasks",
      '  "tasks": {}, // none yet',
      '  "unstable": ["kv"] /* needed */ // by db.ts',
      "  // the end",
      "}",
    )),
    lines(
      "{",
      "  // tasks",
      '  "tasks": {}, // none yet',
      '  "unstable": ["kv"], /* needed */ // by db.ts',
      '  "permissions": {',
      ...BLOCK,
      "  }",
      "  // the end",
      "}",
    ),
  );
});

Deno.test("withPermissionSet() keeps a trailing comma a trailing comma", () => {
  assertEquals(
    put(lines("{", '  "permissions": {', '    "a": {}, // a', "  },", "}")),
    lines(
      "{",
      '  "permissions": {',
      '    "a": {}, // a',
      ...BLOCK.slice(0, -1),
      "    },",
      "  },",
      "}",
    ),
  );
  assertEquals(
    put(lines("{", '  "a": 1', "  // why", "  ,", "}")),
    lines(
      "{",
      '  "a": 1',
      "  // why",
      "  ,",
      '  "permissions": {',
      ...BLOCK,
      "  },",
      "}",
    ),
  );
});

Deno.test("withPermissionSet() goes by the layout that it finds", () => {
  assertEquals(
    put('{\r\n\t"a": 1\r\n}\r\n', { net: true }),
    '{\r\n\t"a": 1,\r\n\t"permissions": {\r\n\t\t"web": {\r\n\t\t\t"net": true\r\n\t\t}\r\n\t}\r\n}\r\n',
  );
  assertEquals(
    put('{"a":1}', { net: true }),
    '{"a":1, "permissions": {"web":{"net":true}}}',
  );
  assertEquals(
    put("{}", { net: true }),
    '{\n  "permissions": {\n    "web": {\n      "net": true\n    }\n  }\n}',
  );
  assertEquals(
    put('{\n    "permissions": {}\n}\n', { net: true }),
    '{\n    "permissions": {\n        "web": {\n            "net": true\n        }\n    }\n}\n',
  );
});

Deno.test("withPermissionSet() changes nothing where the set is there, in any order", () => {
  const text =
    '{"permissions": {"web": {"net": true, "read": ["a,b", "src"]}}}';
  assertEquals(put(text), text);
});

Deno.test("withPermissionSet() replaces another set of the name when it is told to", () => {
  const text = lines(
    "{",
    '  "permissions": {',
    '    "web": { "net": ["a:1"] }, // mine',
    '    "b": {} // b',
    "  }",
    "}",
  );
  const error = assertThrows(
    () => put(text),
    PulpError,
    'Cannot write permission set "web" to "/x/deno.json": it has another one of that name',
  );
  assertEquals(error.hint, "--force replaces it; --name=<name> keeps both");
  assertEquals(
    put(text, { net: true }, true),
    lines(
      "{",
      '  "permissions": {',
      '    "web": {',
      '      "net": true',
      "    }, // mine",
      '    "b": {} // b',
      "  }",
      "}",
    ),
  );
});

Deno.test("withPermissionSet() says what is wrong with a text", () => {
  const cases: readonly (readonly [text: string, why: string])[] = [
    ["[]", "it is not an object"],
    ['"x"', "it is not an object"],
    ['{"permissions": null}', 'its "permissions" is not an object'],
    ['{"permissions": []}', 'its "permissions" is not an object'],
    ['{"permissions": {}, "permissions": {}}', 'it has "permissions" twice'],
    ['{"permissions": {"web": {}, "web": {}}}', 'it has "web" twice'],
    ['{\n  "a": 1\n  "b": 2\n}', "line 3:3: Comma expected"],
    ["{'a': 1}", "line 1:2: Invalid symbol"],
    ["{} x", "line 1:4: Invalid symbol"],
    ['{"a": 1', "line 1:8: Close brace expected"],
    ["/* never closed", "line 1:1: Unexpected end of comment"],
    ["\ufeff{}", "it begins with a byte order mark, which Deno refuses"],
    [`{"a": ${"[".repeat(300_000)}`, "it is nested too deep"],
  ];
  for (const [text, why] of cases) {
    assertThrows(() => put(text), PulpError, why, text.slice(0, 40));
  }
});

/** A text with comments, as people and programs write it. */
function config(): fc.Arbitrary<string> {
  const space = fc.constantFrom(
    ...[
      "",
      " ",
      "\n  ",
      "\n",
      " // c\n  ",
      " /* d */ ",
      "\r\n\t",
      "\n/* e\n */",
    ],
  );
  const key = fc.constantFrom("a", "b", "tasks", "", "ü");
  const { value } = fc.letrec<{ value: string; object: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom(
        "1",
        "true",
        "null",
        '"x"',
        '"// no comment, }"',
        '"\\""',
      ),
      tie("object"),
      fc.tuple(fc.array(tie("value"), { maxLength: 2 }), space).map(
        ([items, s]) => `[${s}${items.join(`,${s}`)}]`,
      ),
    ),
    object: objectOf(key, tie("value"), space),
  }));
  const top = fc.record({
    before: space,
    after: space,
    rest: fc.uniqueArray(fc.tuple(key, value), {
      maxLength: 3,
      selector: ([name]) => name,
    }),
    sets: fc.option(objectOf(fc.constantFrom("s", "t"), value, space)),
    s: space,
    trailing: fc.boolean(),
    at: fc.nat(3),
  });
  return top.map(({ before, after, rest, sets, s, trailing, at }) => {
    const members = rest.map(([name, text]) =>
      `${JSON.stringify(name)}:${s}${text}`
    );
    if (sets !== null) members.splice(at, 0, `"permissions":${s}${sets}`);
    const comma = trailing && members.length > 0 ? "," : "";
    const body = members.join(`${s},${s}`);
    return `${before}{${s}${body}${s}${comma}${s}}${after}`;
  });
}

function objectOf(
  key: fc.Arbitrary<string>,
  value: fc.Arbitrary<string>,
  space: fc.Arbitrary<string>,
): fc.Arbitrary<string> {
  const members = fc.uniqueArray(fc.tuple(key, value), {
    maxLength: 2,
    selector: ([name]) => name,
  });
  return fc.tuple(members, space, fc.boolean()).map(([items, s, trailing]) => {
    const text = items.map(([name, it]) => `${JSON.stringify(name)}${s}:${it}`);
    const comma = trailing && items.length > 0 ? "," : "";
    return `{${s}${text.join(`${s},${s}`)}${comma}${s}}`;
  });
}

function comments(text: string): string[] {
  const found: string[] = [];
  visit(text, {
    onComment: (offset, length) =>
      void found.push(text.slice(offset, offset + length)),
  });
  return found;
}

function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const char of part) {
    at = whole.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

Deno.test("withPermissionSet() adds the set to any text and takes nothing from it", () => {
  fc.assert(
    fc.property(config(), (text) => {
      const changed = put(text);
      const errors: ParseError[] = [];
      const after = parse(changed, errors, { allowTrailingComma: true });
      assertEquals(errors, [], changed);
      const before = parse(text, [], { allowTrailingComma: true });
      assertEquals(after, {
        ...before,
        permissions: { ...before.permissions, web: SET },
      });
      assertEquals(comments(changed), comments(text));
      assert(isWithin(text, changed), changed);
      assertEquals(put(changed), changed);
      // Another set in its place: all the rest is as it was.
      const other = put(changed, OTHER, true);
      assertEquals(parse(other, [], { allowTrailingComma: true }), {
        ...after,
        permissions: { ...after.permissions, web: OTHER },
      });
      assertEquals(comments(other), comments(text));
    }),
    { numRuns: 500 },
  );
});
