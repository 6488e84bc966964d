/** Assembles cell.wat: `deno task build`. */

import wabt from "wabt";

const text = await Deno.readTextFile("cell.wat");
const { parseWat } = await wabt();
try {
  const module = parseWat("cell.wat", text, { bulk_memory: true });
  module.validate();
  await Deno.writeFile("cell.wasm", module.toBinary({}).buffer);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}
