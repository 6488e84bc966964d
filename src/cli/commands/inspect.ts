/**
 * `inspect`: what a module is, and whether it would load.
 *
 * @module
 */

import type { Registry } from "../../capabilities/registry.ts";
import { type Inspection, inspectModule } from "../../cell/inspection.ts";
import { EXIT } from "../../errors.ts";
import { extensionsOf, openRegistry } from "../cell_set.ts";
import type { Invocation } from "../command.ts";
import { inspectJson } from "../inspect_json.ts";
import {
  type InspectSubject,
  openSubject,
  requireSubject,
} from "../inspect_subject.ts";
import { inspectText } from "../inspect_text.ts";
import { Progress } from "../progress.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const argument = args.operands[0] ?? "";
  requireSubject(argument, invocation);
  const registry = await openRegistry(extensionsOf(args, io));
  const [subject, inspection] = await inspect(argument, registry, invocation);
  io.stdout.write(
    args.has("json")
      ? inspectJson(subject, inspection)
      : inspectText(subject, inspection, io),
  );
  return inspection.problems.length === 0 ? EXIT.ok : EXIT.usage;
}

async function inspect(
  argument: string,
  registry: Registry,
  invocation: Invocation,
): Promise<[InspectSubject, Inspection]> {
  using progress = new Progress(invocation.io);
  const subject = await openSubject(argument, invocation);
  const { bytes, spec } = subject;
  progress.show(`Checking ${bytes.length} bytes`);
  const inspection = await inspectModule(bytes, {
    registry,
    ...(spec === undefined ? {} : { spec }),
  });
  return [subject, inspection];
}
