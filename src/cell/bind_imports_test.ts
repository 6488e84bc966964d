import { assertEquals } from "@std/assert";
import type { Capability } from "../capabilities/capability.ts";
import { Registry } from "../capabilities/registry.ts";
import { siblingCalls } from "../capabilities/sibling_calls.ts";
import { TestLogger } from "../testing/cell_folder.ts";
import { relay } from "../testing/talking_cells.ts";
import { until } from "../testing/until.ts";
import { NAPPER, refused, sleeper, withCell } from "./testing/sample_cell.ts";

Deno.test("an undeclared capability is bound as a stub that returns 99", async () => {
  await withCell(
    {
      imports:
        `(import "pulp" "fs_read" (func $f (param i32 i32 i32 i32) (result i32)))`,
      without: ["pulp_step"],
      functions:
        `(func (export "pulp_step") (param i32 i32) (result i32) (call $f (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))`,
    },
    async (cell) => assertEquals(await cell.step(), 99),
    { registry: new Registry() },
  );
});

Deno.test("a guest is suspended while a host function waits, and its entry points never overlap", async () => {
  const gates: (() => void)[] = [];
  const nap = (): Promise<number> =>
    new Promise((resolve) => gates.push(() => resolve(gates.length)));
  const registry = new Registry().gated(sleeper(true, nap));
  await withCell(NAPPER, async (cell) => {
    const both = [cell.step(), cell.step()];
    await until("the first step", () => gates.length >= 1);
    assertEquals(gates.length, 1);
    gates[0]!();
    assertEquals(await both[0], 1);
    await until("the second step", () => gates.length >= 2);
    gates[1]!();
    assertEquals(await both[1], 2);
  }, { registry, manifest: `capabilities = ["test.sleep"]` });
});

Deno.test("a host function that throws is a code for the guest and a record for people", async () => {
  for (const suspending of [false, true]) {
    const logger = new TestLogger();
    const fail = (): number => {
      throw new Error("broken");
    };
    await withCell(NAPPER, async (cell) => assertEquals(await cell.step(), 4), {
      registry: new Registry().gated(sleeper(suspending, fail)),
      manifest: `capabilities = ["test.sleep"]`,
      logger,
    });
    assertEquals(logger.records, [{
      level: "error",
      message: "host function failed",
      fields: { cell: "sample", function: "nap", err: "broken" },
    }]);
  }
});

Deno.test("what is no code is an error for the guest, not 0, and a record says what it was", async () => {
  // Were that not seen to, this rejection would end the process.
  const unseen = (): Promise<never> => Promise.reject(new Error("unseen"));
  const cases: readonly {
    suspending?: boolean;
    nap: () => unknown;
    says: string;
  }[] = [
    { nap: () => NaN, says: "it gave no code, but NaN" },
    { nap: () => 5n, says: "it gave no code, but bigint" },
    { nap: () => {}, says: "it gave no code, but undefined" },
    { nap: () => 2 ** 32, says: "it gave no code, but 4294967296" },
    {
      suspending: true,
      nap: () => Promise.resolve({}),
      says: "it gave no code, but object",
    },
    {
      nap: unseen,
      says: "it gave a promise, and its stub does not say suspending: true",
    },
  ];
  for (const { suspending = false, nap, says } of cases) {
    const logger = new TestLogger();
    const own = sleeper(suspending, nap as () => number);
    await withCell(NAPPER, async (cell) => assertEquals(await cell.step(), 4), {
      registry: new Registry().gated(own),
      manifest: `capabilities = ["test.sleep"]`,
      logger,
    });
    assertEquals(logger.records.map(({ fields }) => fields.err), [says]);
  }
});

Deno.test("a capability that throws what has no text does not keep the others from their end", async () => {
  const ended: string[] = [];
  const logger = new TestLogger();
  const capability: Capability = {
    ...sleeper(false, () => {
      throw Object.create(null);
    }),
    imports: (cell) => {
      cell.onClose(() => void ended.push("first"));
      cell.onClose(() => {
        throw Object.create(null);
      });
      return {
        nap: () => {
          throw Object.create(null);
        },
      };
    },
    teardownCell: () => void ended.push("cell"),
  };
  await withCell(NAPPER, async (cell) => {
    assertEquals(await cell.step(), 4);
    await cell.close();
  }, {
    registry: new Registry().gated(capability),
    manifest: `capabilities = ["test.sleep"]`,
    logger,
  });
  assertEquals(ended, ["first", "cell"]);
  assertEquals(logger.messages(), ["host function failed", "release failed"]);
});

Deno.test("what made its functions is told of the end: offered always, or beside one that failed", async () => {
  const ended: string[] = [];
  const always: Capability = {
    ...sleeper(false, () => 0),
    teardownCell: () => void ended.push("always"),
  };
  await withCell(NAPPER, () => Promise.resolve(), {
    registry: new Registry().always(always),
  });
  assertEquals(ended, ["always"]);
  const first: Capability = {
    name: "test.first",
    stubs: {},
    imports: () => ({}),
    teardownCell: () => void ended.push("first"),
  };
  const second: Capability = {
    name: "test.second",
    stubs: {},
    imports: () => {
      throw new Error("no");
    },
  };
  await refused({}, {
    registry: new Registry().gated(first).gated(second),
    manifest: `capabilities = ["test.first", "test.second"]`,
  });
  assertEquals(ended, ["always", "first"]);
});

Deno.test("a cell that runs alone is told 4 of whom its manifest names, 11 of others, and 2 of no memory only", async () => {
  const manifest = `consumes = ["maths", "twice"]\ndepends_on = ["store"]`;
  const registry = (): Registry => new Registry().always(siblingCalls());
  for (
    const [target, name, code] of [
      ["store", "get", 4],
      ["maths", "halve", 4],
      ["somebody", "twice", 4],
      ["somebody", "halve", 11],
      ["sample", "x", 11],
    ] as const
  ) {
    await withCell(relay(target, name), async (cell) => {
      await cell.init();
      assertEquals(await cell.call("x"), Uint8Array.of(code));
    }, { manifest, registry: registry() });
  }
  // Arguments of any length go through: those that the call itself got.
  const large = relay("store").replace(
    "(local.get $args) (local.get $alen)",
    "(i32.const 0) (i32.const 8388609)",
  );
  for (const [pages, code] of [[1, 2], [129, 4]] as const) {
    const sized = large.replace(
      /\(memory \(export "memory"\) \d+/,
      `(memory (export "memory") ${pages}`,
    );
    await withCell(sized, async (cell) => {
      await cell.init();
      assertEquals(await cell.call("x"), Uint8Array.of(code));
    }, { manifest, registry: registry() });
  }
});
