import { assertEquals, assertStringIncludes } from "@std/assert";
import { TempDir } from "../src/testing/cell_folder.ts";
import { letterCell } from "../src/testing/letter_cell.ts";
import { writeCell } from "./guests/build.ts";
import { HostProcess, records } from "./support/host_process.ts";
import { WORKER } from "./support/pulp.ts";

/** An extension with mistakes, of which nobody hears where it is loaded; it makes them once a file is there. */
const extensionThatWaitsFor = (path: string): string => `
  const isThere = () => {
    try {
      return Deno.statSync(${JSON.stringify(path)}).isFile;
    } catch {
      return false;
    }
  };
  // Only beside the host: a worker that fails ends, and its cell with it.
  if (!("WorkerGlobalScope" in globalThis)) {
    const looking = setInterval(() => {
      if (!isThere()) return;
      clearInterval(looking);
      Promise.reject(new Error("a promise was forgotten"));
      setTimeout(() => { throw new TypeError("a timer failed"); });
    }, 20);
  }
`;

Deno.test("run logs errors that nobody waits for, and goes on serving", async () => {
  await using dir = new TempDir();
  const path = await writeCell(dir.path, {
    name: "a",
    wasm: await letterCell({ letter: "A" }),
    manifest: { capabilities: ["transport.http.inbound"] },
  });
  const extension = dir.join("extension.ts");
  const sign = dir.join("ready");
  await Deno.writeTextFile(extension, extensionThatWaitsFor(sign));
  await using host = HostProcess.run([
    "--listen=127.0.0.1:0",
    `--ext=${extension}`,
    path,
  ], [`read=${dir.path},${WORKER}`, "net=127.0.0.1:0"]);
  await host.ready("a");
  const url = await host.url();
  await Deno.writeTextFile(sign, "");
  await host.line(/a promise was forgotten[^]*a timer failed.*\n/);
  const response = await fetch(url);
  assertEquals(await response.text(), "A-");
  assertEquals(await host.stop(), 0);
  const found = records(host.log).filter((it) => it.msg === "unforeseen error");
  assertEquals(found.map(({ level, err }) => [level, err]), [
    ["ERROR", "a promise was forgotten"],
    ["ERROR", "a timer failed"],
  ]);
  for (const { stack } of found) assertStringIncludes(stack ?? "", extension);
});
