import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { PulpError } from "../errors.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { Capability, CellContext, HostEnv } from "./capability.ts";
import {
  checkCapability,
  importsOf,
  requestsOf,
  setUp,
  thrownText,
} from "./own_capability.ts";

const ENV: HostEnv = { storageRoot: "/data", listen: "127.0.0.1:0" };
const SPEC = parseManifest('name = "x"\nversion = "1"\n', "/x.toml");
const CONTEXT = {} as CellContext;

const fail = (thrown: unknown) => (): never => {
  throw thrown;
};

/** A capability that is as it has to be, but for `parts`. */
function capability(parts: Partial<Capability> = {}): Capability {
  return { name: "example.x", stubs: {}, imports: () => ({}), ...parts };
}

Deno.test("what a capability throws comes with its name, whatever it is", async () => {
  const errors = [
    assertThrows(
      () => requestsOf(capability({ permissions: fail("p") }), SPEC, ENV),
      PulpError,
    ),
    await assertRejects(
      () => setUp(capability({ setup: fail(null) }), ENV),
      PulpError,
    ),
    await assertRejects(
      () =>
        setUp(
          capability({ setup: () => Promise.reject(new TypeError("")) }),
          ENV,
        ),
      PulpError,
    ),
    assertThrows(
      () => importsOf(capability({ imports: fail(new Error("no")) }), CONTEXT),
      PulpError,
    ),
  ];
  const start = 'Cannot set up capability "example.x" of an extension: ';
  assertEquals(errors.map(({ message }) => message), [
    `${start}permissions() failed: it threw "p"`,
    `${start}setup() failed: it threw null`,
    `${start}setup() failed: TypeError`,
    `${start}imports() failed: no`,
  ]);
  assertEquals(errors.map(({ code }) => code), Array(4).fill("host"));
});

Deno.test("what a capability gives has to be what it is to give", () => {
  const async = { permissions: () => Promise.resolve([]) };
  assertThrows(
    () => requestsOf(capability(async as object), SPEC, ENV),
    PulpError,
    "permissions() failed: it gave no list",
  );
  for (
    const item of [null, {}, { kind: "bogus", reason: "r" }, { kind: "net" }]
  ) {
    assertThrows(
      () =>
        requestsOf(
          capability({ permissions: () => [item as never] }),
          SPEC,
          ENV,
        ),
      PulpError,
      "permissions() failed: item 0 of its list is not { kind, target, reason }",
    );
  }
  const nothing = { imports: () => undefined };
  assertThrows(
    () => importsOf(capability(nothing as object), CONTEXT),
    PulpError,
    "imports() failed: it gave no functions",
  );
});

Deno.test("a permission that a capability lacks is an error of permissions", async () => {
  const denied = new Deno.errors.NotCapable("Requires net access");
  const error = await assertRejects(
    () => setUp(capability({ setup: fail(denied) }), ENV),
    PulpError,
    "Requires net access",
  );
  assertEquals(error.code, "permission");
});

Deno.test("what is known already stays as it was thrown", async () => {
  const known = new PulpError("usage", "known");
  const own = new TypeError("of the host");
  for (
    const [name, thrown] of [["example.x", known], ["log.write", own]] as const
  ) {
    const error = await assertRejects(() =>
      setUp(capability({ name, setup: fail(thrown) }), ENV)
    );
    assertEquals(error, thrown);
  }
});

Deno.test("thrownText() has a text for everything", () => {
  assertEquals(thrownText(undefined), "it threw undefined");
  assertEquals(thrownText(Symbol("s")), "it threw Symbol(s)");
  assertEquals(thrownText(Object.create(null)), "it threw an object");
});

Deno.test("checkCapability() names the part that is not as it has to be", () => {
  checkCapability(capability({ stubs: { f: { params: [0, 2] } } }));
  const cases: readonly (readonly [given: unknown, says: string])[] = [
    [null, "Cannot register a capability: it is not an object"],
    [{}, "its name is not a text, or blank"],
    [{ ...capability(), name: " " }, "its name is not a text, or blank"],
    [{ name: "x" }, 'Cannot register capability "x": its stubs are not'],
    [{ ...capability(), imports: {} }, "its imports is not a function"],
    [{ ...capability(), permissions: [] }, "its permissions is not a function"],
    [{ ...capability(), teardown: 1 }, "its teardown is not a function"],
    [{ ...capability(), stubs: { f: 2 } }, 'stub "f": it is not an object'],
    ...[2, [], [-1], ["2"]].map((params) =>
      [
        { ...capability(), stubs: { f: { params } } },
        'stub "f": params is not a list of numbers of parameters',
      ] as const
    ),
    [
      { ...capability(), stubs: { f: { params: [0], suspending: 1 } } },
      "suspending is neither true nor false",
    ],
  ];
  for (const [given, says] of cases) {
    const error = assertThrows(() => checkCapability(given), PulpError, says);
    assertEquals(error.code, "usage");
  }
});
