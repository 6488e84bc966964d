/**
 * `permissions`: what Deno has to grant for hosting a set, and nothing more.
 *
 * @module
 */

import { EXIT, PulpError } from "../../errors.ts";
import { type HostingNeeds, hostingNeeds } from "../../host/hosting_needs.ts";
import { CONTROL_NEED, type HostingNeed } from "../../host/need.ts";
import { folderOf, resolvePath } from "../../manifest/paths.ts";
import { orderSet } from "../../manifest/set.ts";
import type { CellSpec } from "../../manifest/spec.ts";
import type { ParsedArgs } from "../args.ts";
import {
  hostEnv,
  openRegistry,
  readCell,
  requireManifests,
} from "../cell_set.ts";
import type { Invocation } from "../command.ts";
import { denoCommand, hostingArgv } from "../command_line.ts";
import {
  CONTROL_VARIABLE,
  type ControlPath,
  controlPath,
} from "../control_path.ts";
import { hostingFlags, permissionSet } from "../hosting_flags.ts";
import {
  hostingJson,
  type HostingReport,
  hostingText,
} from "../hosting_report.ts";
import type { CliIo } from "../io.ts";
import { permissionAccess } from "../permission_access.ts";
import { escapeUnprintable, formatDocument } from "../record_text.ts";
import { shellQuote } from "../shell.ts";

/** The name of the set where several cells are hosted, and none is given. */
const SET_NAME = "pulp";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  requireManifests(args.operands);
  refuseAtOdds(args);
  const target = await permissionAccess(invocation);
  const report = await reportOf(invocation);
  if (target !== undefined) {
    const { writeSet } = await import("../permission_write.ts");
    await writeSet(report, target, invocation);
  }
  io.stdout.write(formatted(report, args, io));
  return EXIT.ok;
}

/** Options that say nothing, or two things, together. */
function refuseAtOdds(args: ParsedArgs): void {
  const refuse = (message: string): never => {
    throw new PulpError("usage", message, {
      hint: 'see "pulp permissions --help"',
    });
  };
  if (args.has("force") && !args.has("write")) {
    refuse('Cannot use "--force" without "--write"');
  }
  if (args.has("ctl") && args.has("without-ctl")) {
    refuse('Cannot use "--ctl" and "--without-ctl" together');
  }
  const name = args.text("name");
  if (name !== undefined && !/^[A-Za-z0-9._-]+$/.test(name)) {
    refuse(
      `Cannot use "${name}" for "--name": it takes A-Z, a-z, 0-9, ".", "_" and "-"`,
    );
  }
  // What --write seems to take: a manifest has another ending.
  const config = args.operands.find((it) => /\.jsonc?$/i.test(it));
  if (args.has("write") && config !== undefined) {
    throw new PulpError(
      "usage",
      `Cannot use "${config}" for "--write": it takes no value`,
      { hint: `--write --config ${shellQuote(config)}` },
    );
  }
  const showsName = args.required("format").endsWith("json");
  if (name !== undefined && !args.has("write") && !showsName) {
    throw new PulpError("usage", 'Cannot use "--name" without "--write"', {
      hint: '"--format deno-json" prints the set of that name',
    });
  }
}

async function reportOf({ args, io }: Invocation): Promise<HostingReport> {
  const env = hostEnv(args, io);
  const registry = await openRegistry(env);
  const named = await Promise.all(args.operands.map(async (argument) => ({
    argument: resolvePath(io.cwd, argument),
    spec: await readCell(argument, io),
  })));
  const specs = orderSet(named.map((cell) => cell.spec));
  const control = socketOf(args, io);
  const derived = hostingNeeds(
    specs,
    registry,
    env,
    control === undefined ? {} : { ctl: control.path },
  );
  const hosting: HostingNeeds = {
    ...derived,
    needs: [
      ...named.flatMap(({ argument, spec }) => folderNeeds(argument, spec)),
      ...derived.needs,
      ...(control?.namedBy === CONTROL_VARIABLE ? [VARIABLE_NEED] : []),
    ],
  };
  const name = args.text("name") ??
    (specs.length === 1 ? specs[0]?.name : undefined) ?? SET_NAME;
  const flags = hostingFlags(hosting, io.cwd);
  const config = args.text("config");
  return {
    cells: specs.map((spec) => spec.name),
    hosting,
    flags: ["--no-prompt", ...flags],
    name,
    set: permissionSet(
      hosting,
      config === undefined ? io.cwd : folderOf(resolvePath(io.cwd, config)),
    ),
    line: denoCommand(
      args.has("write") ? [`-P=${name}`] : flags,
      hostingArgv(args),
      io,
    ),
  };
}

/**
 * The control socket. Where it is by default, and Deno could grant it only
 * with the whole of net, it is left out: a host goes on without.
 */
function socketOf(args: ParsedArgs, io: CliIo): ControlPath | undefined {
  if (args.has("without-ctl")) return undefined;
  const control = controlPath(args, io);
  if (control?.namedBy !== "default" || !control.path.includes(",")) {
    return control;
  }
  const path = escapeUnprintable(control.path);
  io.stderr.write(
    `Left out the control socket: for the comma in "${path}" Deno would have to grant the whole of net; --ctl names another place\n`,
  );
  return undefined;
}

/** A folder that was named is looked at to find the manifest in it. */
function folderNeeds(argument: string, spec: CellSpec): HostingNeed[] {
  if (argument === spec.manifestPath) return [];
  return [{
    request: {
      kind: "read",
      target: argument,
      reason: "the folder of the manifest",
    },
    capability: "module",
    cell: spec.name,
  }];
}

const VARIABLE_NEED: HostingNeed = {
  request: {
    kind: "env",
    target: CONTROL_VARIABLE,
    reason: "the name of the control socket",
  },
  capability: CONTROL_NEED,
};

function formatted(report: HostingReport, args: ParsedArgs, io: CliIo): string {
  const { name, set, flags } = report;
  switch (args.required("format")) {
    case "flags":
      return flags.map(shellQuote).join(" ") + "\n";
    case "deno-json":
      return formatDocument({ permissions: { [name]: set } });
    case "json":
      return hostingJson(report);
    default:
      return hostingText(report, io.cwd);
  }
}
