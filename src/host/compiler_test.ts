import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import { type CellModule, openModule } from "../cell/cell_module.ts";
import { compileCell, type CompiledCell } from "../cell/compile.ts";
import { PulpError } from "../errors.ts";
import { silentLogger } from "../logger.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { largeCell } from "../testing/large_module.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Compiler } from "./compiler.ts";

async function opened(
  wasm: Uint8Array,
  use: (module: () => Promise<CellModule>) => Promise<void>,
): Promise<void> {
  await using dir = new TempDir();
  const spec = await dir.cell("a", wasm);
  await use(() => openModule(spec, builtinRegistry()));
}

/** What can be told of a compiled module. */
function told(compiled: CompiledCell): unknown {
  const { module, ...rest } = compiled;
  return {
    ...rest,
    exports: WebAssembly.Module.exports(module),
    needs: WebAssembly.Module.imports(module),
  };
}

Deno.test("a module that is compiled on a thread apart is the same", async () => {
  const wasm = await wat(cellWat({
    imports:
      `(import "pulp" "log_write" (func $log (param i32 i32 i32) (result i32)))`,
    functions: `(func $start) (start $start)`,
  }));
  await opened(wasm, async (module) => {
    const here = await compileCell(await module(), true);
    const compiler = new Compiler(silentLogger, { bytesHere: 0 });
    const apart = await compiler.compile(await module());
    assertEquals(told(apart), told(here));
    assert(apart.guardExport !== undefined && apart.startExport !== undefined);
  });
});

Deno.test("what is wrong with a module is the same, too", async () => {
  const wasm = await wat(cellWat());
  // In the place of `i32.const 0`, which a function returns, two times nothing.
  const broken = wasm.slice();
  const at = broken.findLastIndex((byte, index) =>
    byte === 0x41 && broken[index + 1] === 0 && broken[index + 2] === 0x0b
  );
  broken.fill(0x01, at, at + 2);
  await opened(broken, async (module) => {
    const here = await assertRejects(
      async () => await compileCell(await module(), true),
      PulpError,
    );
    const compiler = new Compiler(silentLogger, { bytesHere: 0 });
    const apart = await assertRejects(
      async () => await compiler.compile(await module()),
      PulpError,
    );
    assertEquals([apart.code, apart.hint], [here.code, here.hint]);
    assertEquals(apart.message, here.message);
    assertStringIncludes(apart.message, "Cannot load");
    // One that is good is compiled all the same.
    await opened(wasm, async (good) => {
      await compiler.compile(await good());
    });
  });
});

Deno.test("a module that takes too long is given up", async () => {
  await opened(await largeCell(2 << 20), async (module) => {
    const compiler = new Compiler(silentLogger, {
      bytesHere: 0,
      timeoutMs: 1,
    });
    const error = await assertRejects(
      async () => await compiler.compile(await module()),
      PulpError,
    );
    assertEquals(error.code, "module");
    assertStringIncludes(error.message, "it takes longer than 0.001 s");
  });
});

Deno.test("a small module that V8 takes long for is compiled on a thread apart", async () => {
  const results = `(result ${"i32 ".repeat(1000)})`;
  const wasm = await wat(cellWat({
    functions: `(func ${results} unreachable ${"br 0 ".repeat(6_000)})`,
  }));
  await opened(wasm, async (module) => {
    const cell = await module();
    await new Compiler(silentLogger).compile(cell);
    // Its bytes were given away.
    assertEquals(cell.bytes.length, 0);
  });
});

Deno.test("behind two modules that took too long, no large one is compiled", async () => {
  await opened(await largeCell(2 << 20), async (module) => {
    const compiler = new Compiler(silentLogger, { bytesHere: 0, timeoutMs: 1 });
    const messages: string[] = [];
    for (let i = 0; i < 3; i++) {
      const cell = await module();
      const error = await assertRejects(
        () => compiler.compile(cell),
        PulpError,
      );
      messages.push(error.message.replace(/^.*?: /, ""));
    }
    assertEquals(messages, [
      "it takes longer than 0.001 s to compile",
      "it takes longer than 0.001 s to compile",
      "V8 is still at 2 others that took too long to compile",
    ]);
  });
});

Deno.test("close() ends what is being compiled, and what waits for that", {
  // A timer that is left would hold the process for two minutes.
  sanitizeOps: true,
  sanitizeResources: true,
}, async () => {
  await opened(await largeCell(2 << 20), async (module) => {
    const logger = new TestLogger();
    const compiler = new Compiler(logger, { bytesHere: 0 });
    const modules = [await module(), await module()];
    const errors = modules.map((it) =>
      assertRejects(() => compiler.compile(it), PulpError)
    );
    // By then the first one has its thread.
    await new Promise((resolve) => setTimeout(resolve, 0));
    compiler.close();
    for (const error of await Promise.all(errors)) {
      assertEquals(error.code, "closed");
    }
    assertEquals(logger.records, []);
  });
});

Deno.test("largeCell() makes a valid module of about the size that was asked for", async () => {
  const module = await largeCell(1 << 20);
  assert(WebAssembly.validate(module));
  assert(module.length > 1 << 20 && module.length < 1.2 * (1 << 20));
});
