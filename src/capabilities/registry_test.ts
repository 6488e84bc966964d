import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { Capability } from "./capability.ts";
import { registerExtension, Registry } from "./registry.ts";

Deno.test("teardown() ends what was set up, the last added first, whatever fails", async () => {
  const ended: string[] = [];
  const capability = (name: string, fails = false): Capability => ({
    name,
    stubs: {},
    imports: () => ({}),
    setup: () => {},
    teardown: () => {
      ended.push(name);
      if (fails) throw new Error(`${name} is stuck`);
      return Promise.resolve();
    },
  });
  const registry = new Registry()
    .gated(capability("one"))
    .gated(capability("two", true))
    .gated(capability("three", true))
    .gated(capability("unused"));
  const manifest =
    'name = "x"\nversion = "1"\ncapabilities = ["one", "two", "three"]\n';
  await registry.setup(defaultEnv(), parseManifest(manifest, "x.toml"));
  const error = await assertRejects(() => registry.teardown(), PulpError);
  assertEquals(
    error.message,
    'Cannot tear down capability "three" of an extension: teardown() failed: three is stuck',
  );
  assertEquals(ended, ["three", "two", "one"]);
  // What has ended does not end again.
  await registry.teardown();
  assertEquals(ended.length, 3);
});

Deno.test("a setup that failed is tried again, and torn down only where it succeeded", async () => {
  let setups = 0;
  let teardowns = 0;
  const registry = new Registry().gated({
    name: "moody",
    stubs: {},
    imports: () => ({}),
    setup: () => {
      if (++setups === 1) throw new Error("not yet");
    },
    teardown: () => {
      teardowns++;
      return Promise.resolve();
    },
  });
  const manifest = 'name = "x"\nversion = "1"\ncapabilities = ["moody"]\n';
  const spec = parseManifest(manifest, "x.toml");
  await assertRejects(() => registry.setup(defaultEnv(), spec), PulpError);
  await registry.teardown();
  assertEquals(teardowns, 0);
  await registry.setup(defaultEnv(), spec);
  await registry.setup(defaultEnv(), spec);
  assertEquals(setups, 2);
  await registry.teardown();
  assertEquals(teardowns, 1);
});

Deno.test("registerExtension() takes no name that means something else", () => {
  for (const name of ["storage.sqlite", "module", "worker", "environment"]) {
    assertThrows(
      () => registerExtension({ name, stubs: {}, imports: () => ({}) }),
      Error,
      "the name is taken",
    );
  }
});

Deno.test("always() and gated() take nothing that is no capability", () => {
  for (const add of ["always", "gated"] as const) {
    assertThrows(
      () => new Registry()[add](undefined as never),
      PulpError,
      "Cannot add a capability: it is not an object",
    );
    assertThrows(
      () => new Registry()[add]({ name: "x", stubs: {} } as never),
      PulpError,
      'Cannot add capability "x": its imports is not a function',
    );
  }
});
