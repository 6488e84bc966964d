import { assert, assertEquals, assertRejects } from "@std/assert";
import { defaultEnv } from "../cell/load.ts";
import { PulpError } from "../errors.ts";
import { TempDir, TestLogger } from "../testing/cell_folder.ts";
import { cellWat, wat } from "../testing/wat.ts";
import { Host } from "./host.ts";

// A worker runs extensions: what it sends may be anything.
for (
  const [what, message] of Object.entries({
    "no batch": "null",
    "a batch of nothing": "[null]",
    "a question without a place for the answer": '[{type:"http listen"}]',
    "a packet of no known records": "[Uint8Array.of(7)]",
    "a packet that breaks off": "[Uint8Array.of(0xcc)]",
  })
) {
  Deno.test(`a worker that sends ${what} ends, and not its host`, async () => {
    await using dir = new TempDir();
    const spec = await dir.cell("a", await wat(cellWat()));
    const logger = new TestLogger();
    const program = `onmessage = () => postMessage(${message});`;
    const error = await assertRejects(
      () =>
        Host.start([spec], {
          logger,
          env: defaultEnv(),
          workerProgram: new URL(
            `data:text/javascript,${encodeURIComponent(program)}`,
          ),
        }),
      PulpError,
    );
    assertEquals(error.code, "host");
    assert(
      error.message.startsWith(
        'Cannot go on with cell "a": its worker sent what can\'t be read: ',
      ),
      error.message,
    );
  });
}
