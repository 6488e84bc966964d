import { assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl } from "@std/path";
import { TempDir } from "../src/testing/cell_folder.ts";
import { cellWat, wat } from "../src/testing/wat.ts";
import { ROOT, runProcess } from "./support/pulp.ts";

const SCRIPT = fromFileUrl(new URL("./shell/pipeline.sh", import.meta.url));

/** All that the script may find. */
const TOOLS = [
  "sh",
  "sed",
  "grep",
  "head",
  "tail",
  "sort",
  "tr",
  "cat",
  "sleep",
];

/** A folder of programs, for a PATH with nothing else on it. */
async function programs(place: TempDir): Promise<string> {
  const bin = place.join("bin");
  await Deno.mkdir(bin);
  await Deno.symlink(Deno.execPath(), `${bin}/deno`);
  for (const tool of TOOLS) {
    const { code, out } = await runProcess("sh", ["-c", `command -v ${tool}`]);
    assertEquals(code, 0, `${tool} is not installed`);
    await Deno.symlink(out.trim(), `${bin}/${tool}`);
  }
  return bin;
}

/** What Deno needs to find what it downloaded before. */
function inherited(): Record<string, string> {
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

Deno.test("a script of a plain shell gets by on pipes, JSON and exit codes", async () => {
  await using place = new TempDir();
  const PATH = await programs(place);
  const loops = cellWat({
    functions: `(func (export "pulp_on_call")
      (param i32 i32 i32 i32 i32 i32) (result i32) (loop (br 0)) (i32.const 0))`,
  });
  await place.cell("loops", await wat(loops), "call_timeout_ms = 200\n");
  const { code, stdout, stderr } = await new Deno.Command(`${PATH}/sh`, {
    args: [SCRIPT, ROOT, place.path, String(freePort())],
    clearEnv: true,
    env: { ...inherited(), PATH, DENO_NO_UPDATE_CHECK: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(120_000),
  }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout) + decoder.decode(stderr);
  assertEquals(code, 0, said);
  assertStringIncludes(said, "# all of it holds");
});
