import { assert, assertEquals } from "@std/assert";
import { MOODY, relay } from "../testing/talking_cells.ts";
import { cellWat } from "../testing/wat.ts";
import { bytes, hosted, text } from "./testing/hosted.ts";

Deno.test("Host calls a cell, and a cell calls a sibling along a declared link", async () => {
  await hosted({
    cells: {
      a: { wat: relay("b"), manifest: `consumes = ["echo"]` },
      b: { wat: MOODY, manifest: `provides = ["echo"]` },
    },
  }, async (host) => {
    assertEquals(text(await host.call("b", "echo", bytes("hi"))), "hi");
    assertEquals(
      text(await host.call("a", "any", bytes("through"))),
      "through",
    );
  });
});

Deno.test("a cell reaches no sibling that it did not declare, nor one that is not there", async () => {
  for (const target of ["b", "c"]) {
    await hosted(
      { cells: { a: { wat: relay(target) }, b: { wat: MOODY } } },
      async (host, logger) => {
        assertEquals(await host.call("a", "x"), new Uint8Array([11]));
        assert(logger.messages().includes("pulp_call denied by manifest"));
      },
    );
  }
});

Deno.test("a cell whose callee did not come up starts, and is told 4", async () => {
  const failing = cellWat({
    without: ["pulp_init"],
    functions: `(func (export "pulp_init") (param i32 i32) (result i32)
      (i32.const 1))`,
  });
  await hosted({
    cells: {
      named: { wat: relay("b"), manifest: `consumes = ["b"]` },
      offered: { wat: relay("b"), manifest: `consumes = ["echo"]` },
      needy: { wat: relay("b"), manifest: `depends_on = ["b"]` },
      b: { wat: failing, manifest: `provides = ["echo"]` },
    },
  }, async (host) => {
    assertEquals(
      host.status().map(({ name, state }) => [name, state]).sort(),
      [
        ["b", "failed"],
        ["named", "ready"],
        ["needy", "failed"],
        ["offered", "ready"],
      ],
    );
    for (const name of ["named", "offered"]) {
      assertEquals(await host.call(name, "x"), new Uint8Array([4]));
    }
  });
});

Deno.test("a circle of calls is refused at once, with the chain in the log", async () => {
  await hosted({
    cells: {
      a: { wat: relay("b"), manifest: `consumes = ["b"]` },
      b: { wat: relay("a"), manifest: `consumes = ["a"]` },
    },
  }, async (host, logger) => {
    const start = performance.now();
    assertEquals(await host.call("a", "x"), new Uint8Array([4]));
    assert(performance.now() - start < 2000);
    // The record comes by message, the answer through shared memory.
    await logger.logged("pulp_call re-entered");
    const chains = logger.records.filter((r) =>
      r.message === "pulp_call re-entered"
    ).map((r) => r.fields.chain);
    assertEquals(chains, ["b -> a -> b"]);
  });
});

Deno.test("a trap and a deadline of the callee are codes for the caller, and the callee comes back", async () => {
  for (
    const [name, code] of [["trap", "trap"], ["loop", "deadline"]] as const
  ) {
    await hosted({
      cells: {
        a: { wat: relay("b", name), manifest: `depends_on = ["b"]` },
        b: { wat: MOODY, manifest: `call_timeout_ms = 1000` },
      },
    }, async (host, logger) => {
      assertEquals(await host.call("a", "x"), new Uint8Array([4]));
      await logger.logged("cell restarted");
      assertEquals(
        logger.records.find((r) => r.message === "cell ended")?.fields.code,
        code,
      );
      assertEquals(text(await host.call("b", "echo", bytes("back"))), "back");
    });
  }
});
