import { assertEquals, assertThrows } from "@std/assert";
import { builtinRegistry } from "../capabilities/builtin.ts";
import type { CellSpec } from "../manifest/spec.ts";
import { parseManifest } from "../manifest/parse.ts";
import { DeniedError } from "../permissions/verdict.ts";
import { hostingNeeds } from "./hosting_needs.ts";
import { hostedEnv } from "./worker_permissions.ts";

const ENV = { storageRoot: "/data", listen: "127.0.0.1:8080" };

function cell(name: string, manifest = ""): CellSpec {
  const head = `name = "${name}"\nversion = "1.0.0"\n`;
  return parseManifest(head + manifest, `/cells/${name}/pulp.cell.toml`);
}

/** What the set needs, as `kind what (capability) by cell`. */
function shown(
  specs: readonly CellSpec[],
  env: Parameters<typeof hostingNeeds>[2] = ENV,
  ctl?: string,
): string[] {
  const { needs } = hostingNeeds(
    specs,
    builtinRegistry(),
    env,
    ctl === undefined ? {} : { ctl },
  );
  return needs.map(({ request, capability, cell }) =>
    `${request.kind} ${request.target} (${capability}) by ${cell}`
  );
}

Deno.test("hostingNeeds() counts everything that a host touches, cell by cell", () => {
  const store = cell("store", 'capabilities = ["storage.sqlite"]\n');
  const web = cell(
    "web",
    'capabilities = ["transport.http.inbound", "spawn.process"]\n' +
      '[permissions]\nenv = ["LANG"]\nrun = ["date"]\nnet = ["127.0.0.1:9000"]\n',
  );
  const env = { ...ENV, tlsFiles: { cert: "/c.pem", key: "/k.pem" } };
  assertEquals(shown([store, web], env, "/run/pulp.ctl"), [
    "read /cells/store/pulp.cell.toml (module) by store",
    "read /cells/store/cell.wasm (module) by store",
    "read /c.pem (tls) by store",
    "read /k.pem (tls) by store",
    "read /data/store (storage.sqlite) by store",
    "write /data/store (storage.sqlite) by store",
    "read /cells/web/pulp.cell.toml (module) by web",
    "read /cells/web/cell.wasm (module) by web",
    "read /c.pem (tls) by web",
    "read /k.pem (tls) by web",
    "net 127.0.0.1:8080 (transport.http.inbound) by web",
    "net 127.0.0.1:9000 (transport.http.inbound) by web",
    "run date (spawn.process) by web",
    "read /data/web (spawn.process) by web",
    "write /data/web (spawn.process) by web",
    "env LANG (environment) by web",
    "read /run/pulp.ctl (control) by undefined",
    "write /run/pulp.ctl (control) by undefined",
    "net unix:/run/pulp.ctl (control) by undefined",
  ]);
});

Deno.test("hostingNeeds() has no socket unless one is named, and the extensions that are", () => {
  const needs = shown([cell("plain")], {
    ...ENV,
    extensions: ["file:///ext/a%20b.ts"],
  });
  // An extension shares modules with its worker.
  const { workerModules } = hostedEnv(ENV, true);
  assertEquals(needs.slice(2), [
    `read ${workerModules} (worker) by plain`,
    "read /ext/a b.ts (extension) by plain",
  ]);
});

Deno.test("hostingNeeds() refuses a set that can't be hosted", () => {
  const spec = cell("odd", 'capabilities = ["storage.sqlight"]\n');
  const error = assertThrows(
    () => hostingNeeds([spec], builtinRegistry(), ENV),
    DeniedError,
    'Cannot bind "storage.sqlight" for cell "odd"',
  );
  assertEquals(error.code, "manifest");
});
