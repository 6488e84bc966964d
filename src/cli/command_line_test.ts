import { assertEquals } from "@std/assert";
import type { PermissionRequest } from "../permissions/request.ts";
import { denoCommand, leastFlags } from "./command_line.ts";
import { FakeIo } from "./testing/fake_io.ts";

function request(
  kind: PermissionRequest["kind"],
  target?: string,
): PermissionRequest {
  return { kind, reason: "test", ...(target === undefined ? {} : { target }) };
}

Deno.test("leastFlags() makes one flag for each kind, in a fixed order", () => {
  assertEquals(
    leastFlags([
      request("env", "HOME"),
      request("net", "a:1"),
      request("write", "/w/data/x"),
      request("read", "/w/data/x"),
      request("read", "/etc/y"),
      request("net", "b:2"),
    ], "/w"),
    [
      "--allow-read=data/x,/etc/y",
      "--allow-write=data/x",
      "--allow-net=a:1,b:2",
      "--allow-env=HOME",
    ],
  );
});

Deno.test("leastFlags() leaves out what another target covers", () => {
  assertEquals(
    leastFlags([
      request("read", "/w/cells/a"),
      request("read", "/w/cells/a/cell.wasm"),
      request("read", "/w/cells/ab"),
      request("read", "/w/cells/a"),
      request("net", "a"),
      request("net", "a:1"),
    ], "/w"),
    ["--allow-read=cells/a,cells/ab", "--allow-net=a"],
  );
});

Deno.test("leastFlags() asks for a whole kind where a request does", () => {
  assertEquals(
    leastFlags([request("net", "a:1"), request("net")], "/w"),
    ["--allow-net"],
  );
});

Deno.test("leastFlags() names the folder above a path with a comma, which no flag can name", () => {
  const read = (path: string): string[] =>
    leastFlags([request("read", path), request("read", "/w/c/e")], "/w");
  assertEquals(read("/w/c/d/a,b/f"), ["--allow-read=c/d,c/e"]);
  assertEquals(read("/w/c/a,b"), ["--allow-read=c"]);
  assertEquals(read("/w/a,b"), ["--allow-read=."]);
  assertEquals(read("/a,b"), ["--allow-read=/"]);
});

Deno.test("denoCommand() keeps how the program was started", () => {
  const argv = ["run", "my cells/a"];
  const started = (mainModule: string): string =>
    denoCommand(["--allow-net"], argv, new FakeIo({ cwd: "/w", mainModule }));
  assertEquals(
    started("file:///w/main.ts"),
    "deno run --no-prompt --allow-net main.ts run 'my cells/a'",
  );
  assertEquals(
    started("file:///o%20p/main.ts"),
    "deno run --no-prompt --allow-net '/o p/main.ts' run 'my cells/a'",
  );
  assertEquals(
    started("https://host/main.ts"),
    "deno run --no-prompt --allow-net https://host/main.ts run 'my cells/a'",
  );
});
