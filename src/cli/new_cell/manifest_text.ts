/**
 * The manifest of a new cell.
 *
 * @module
 */

import { examplesOf, type PermissionExample } from "./capability_examples.ts";

/** What the manifest says. */
export interface ManifestFields {
  readonly name: string;
  readonly capabilities: readonly string[];
  readonly memoryPages: number;
}

/** The text of `pulp.cell.toml`. */
export function manifestText(
  { name, capabilities, memoryPages }: ManifestFields,
): string {
  const examples = examplesOf(capabilities);
  const provides = ["greet", ...examples.flatMap((it) => it.provides ?? [])];
  const permissions = examples.flatMap((it) => it.permissions ?? []);
  const config = examples.flatMap((it) => it.config ?? []);
  return [
    `name = "${name}"`,
    'version = "0.1.0"',
    "# What others may call.",
    list("provides", provides),
    ...(capabilities.length === 0 ? [] : [
      "# What the cell asks of the host. Deno has to grant what each of them needs.",
      list("capabilities", capabilities),
    ]),
    "# The longest that a call, an event or an idle step may take.",
    "call_timeout_ms = 5000",
    `# Pages of 64 KiB: ${memoryPages / 16} MiB.`,
    `max_memory_pages = ${memoryPages}`,
    ...(permissions.length === 0 ? [] : [
      "",
      "# What the capabilities may reach.",
      "[permissions]",
      ...permissionLines(permissions),
    ]),
    ...(config.length === 0 ? [] : [
      "",
      "# Free form: the cell gets it when it starts.",
      "[config]",
      ...config,
    ]),
    "",
  ].join("\n");
}

function list(key: string, items: readonly string[]): string {
  const line = `${key} = [${items.map((item) => `"${item}"`).join(", ")}]`;
  return line.length <= 80
    ? line
    : `${key} = [\n${items.map((item) => `  "${item}",\n`).join("")}]`;
}

/** Each list with its items a line, behind what they are for. */
function permissionLines(
  permissions: readonly PermissionExample[],
): readonly string[] {
  return (["net", "run"] as const).flatMap((key) => {
    const items = permissions.filter((it) => it.key === key);
    return items.length === 0 ? [] : [
      `${key} = [`,
      ...items.flatMap(({ item, comment }) => [
        `  # ${comment}`,
        `  "${item}",`,
      ]),
      "]",
    ];
  });
}
