import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import type { CellSpec } from "../manifest/spec.ts";
import { parseManifest } from "../manifest/parse.ts";
import { descriptorOf, flagOf, type PermissionRequest } from "./request.ts";
import { DeniedError, judge, type Requirement } from "./verdict.ts";

const spec: CellSpec = parseManifest(
  `name = "c"\nversion = "1"\n`,
  "/cells/c/pulp.cell.toml",
);

const request = fc.record({
  kind: fc.constantFrom("read", "write", "net", "env", "run"),
  target: fc.option(fc.constantFrom("a", "b", "c"), { nil: undefined }),
  reason: fc.constant("test"),
}, { requiredKeys: ["kind", "reason"] }).map((r) => r as PermissionRequest);

const requirement: fc.Arbitrary<Requirement> = fc.record({
  capability: fc.string(),
  declaredIn: fc.constant("capabilities"),
  unknown: fc.option(fc.string(), { nil: undefined }),
  requests: fc.array(request, { maxLength: 4 }),
}).map(({ unknown, ...rest }) =>
  unknown === undefined ? rest : { ...rest, unknown }
);

Deno.test("judge() grants a cell exactly when every row is known and every permission is granted", () => {
  fc.assert(
    fc.property(
      fc.array(requirement),
      fc.func(fc.constantFrom("granted", "prompt", "denied")),
      (rows, answer) => {
        const query = (d: Deno.PermissionDescriptor): Deno.PermissionState =>
          answer(JSON.stringify(d)) as Deno.PermissionState;
        const verdict = judge(spec, rows, query);
        const expected = rows.every((row) =>
          row.unknown === undefined &&
          row.requests.every((r) => query(descriptorOf(r)) === "granted")
        );
        assertEquals(verdict.granted, expected);
        for (const row of verdict.capabilities) {
          assertEquals(row.state === "unknown", row.reason !== undefined);
          assert(
            row.state !== "missing" ||
              row.permissions.some((p) => p.state === "missing"),
          );
        }
      },
    ),
  );
});

Deno.test("judge() takes a query that fails for a no, and names the flag", () => {
  const rows: Requirement[] = [{
    capability: "transport.http.inbound",
    declaredIn: "capabilities",
    requests: [{
      kind: "net",
      target: "127.0.0.1:8080",
      reason: "the listener",
    }],
  }];
  const verdict = judge(spec, rows, () => {
    throw new TypeError("malformed");
  });
  assertEquals(verdict.capabilities[0]?.permissions[0], {
    request: rows[0]!.requests[0]!,
    flag: "--allow-net=127.0.0.1:8080",
    state: "missing",
  });
  const error = new DeniedError([verdict]);
  assertEquals(error.code, "permission");
  assertStringIncludes(error.message, "--allow-net=127.0.0.1:8080");
});

Deno.test("flagOf() and descriptorOf() speak of the same permission", () => {
  fc.assert(fc.property(request, (r) => {
    const descriptor = descriptorOf(r) as unknown as Record<string, string>;
    assertEquals(descriptor.name, r.kind);
    assertEquals(
      Object.values(descriptor).slice(1),
      r.target === undefined ? [] : [r.target],
    );
    assertEquals(
      flagOf(r),
      `--allow-${r.kind}${r.target === undefined ? "" : `=${r.target}`}`,
    );
  }));
});
