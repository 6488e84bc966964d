/**
 * `new`: a cell to begin with.
 *
 * @module
 */

import { SEPARATOR } from "@std/path";
import { EXIT, PulpError } from "../../errors.ts";
import { resolvePath } from "../../manifest/paths.ts";
import {
  descriptorOf,
  type PermissionRequest,
} from "../../permissions/request.ts";
import type { ParsedArgs } from "../args.ts";
import type { Invocation } from "../command.ts";
import { leastFlags } from "../command_line.ts";
import type { CliIo } from "../io.ts";
import { parseCapabilities } from "../new_cell/capability_examples.ts";
import { checkedName } from "../new_cell/cell_name.ts";
import { makeFiles, requireFree, type Target } from "../new_cell/folder.ts";
import { isLanguage, LANGUAGE_TEMPLATES } from "../new_cell/language.ts";
import { madeText } from "../new_cell/made_text.ts";
import { projectFiles } from "../new_cell/project.ts";
import { type Answers, askAnswers } from "../new_cell/questions.ts";
import { readTemplate, TEMPLATES } from "../new_cell/templates.ts";
import { RefusedError } from "../refused.ts";
import { shownPath } from "../shell.ts";
import { StopSignal } from "../stop_signal.ts";

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { io } = invocation;
  const target = targetOf(invocation.args, io);
  const given = givenAnswers(target, invocation);
  await requirePermissions(target, invocation);
  await requireFree(target);
  const answers = given ?? await askAnswers(baseName(target.path), io);
  const language = LANGUAGE_TEMPLATES[answers.language];
  const template = await readTemplate(language);
  const wish = { ...answers, language, template, folder: target.path };
  const files = projectFiles(wish, io);
  using stop = new StopSignal(io);
  let stopped = false;
  stop.received.then(() => stopped = true);
  if (!await makeFiles(target, files, () => !stopped)) return EXIT.interrupted;
  io.stdout.write(madeText(wish, files, io.cwd));
  return EXIT.ok;
}

function targetOf(args: ParsedArgs, io: CliIo): Target {
  const [folder = ""] = args.operands;
  if (folder.trim() === "") {
    throw new PulpError("usage", 'Cannot make a cell in "": the path is blank');
  }
  const path = resolvePath(io.cwd, folder);
  return { path, shown: shownPath(path, io.cwd) };
}

/** What the flags say, and `undefined` when a person is to be asked. */
function givenAnswers(
  target: Target,
  { args, io }: Invocation,
): Answers | undefined {
  const language = args.text("lang") ?? "";
  const hasFlags = ["lang", "name", "capabilities"].some((it) => args.has(it));
  if (!isLanguage(language)) {
    const maySee = io.stdin.isTerminal && io.stderr.isTerminal;
    if (maySee && !hasFlags) return undefined;
    throw new PulpError("usage", "Cannot make a cell: --lang is missing", {
      hint: 'see "pulp new --help"; without any flags it asks, on a terminal',
    });
  }
  return {
    language,
    name: checkedName(args.text("name") ?? baseName(target.path)),
    capabilities: parseCapabilities(args.list("capabilities")),
  };
}

function baseName(path: string): string {
  return path.split(SEPARATOR).findLast((part) => part !== "") ?? "";
}

/**
 * Asked before anything else: a folder that can't be looked at might be full.
 *
 * @throws {PulpError} `permission` with the whole command line to run instead
 */
async function requirePermissions(
  { path, shown }: Target,
  { argv, io }: Invocation,
): Promise<void> {
  const needed: readonly PermissionRequest[] = [
    { kind: "read", target: TEMPLATES, reason: "the templates" },
    { kind: "read", target: path, reason: "the folder of the cell" },
    { kind: "write", target: path, reason: "the folder of the cell" },
  ];
  const missing = needed.filter((request) =>
    io.queryPermission(descriptorOf(request)) !== "granted"
  );
  if (missing.length === 0) return;
  const { runInstead } = await import("../denied.ts");
  const flags = leastFlags(missing, io.cwd).join(" ");
  throw new RefusedError(
    `Cannot make a cell in "${shown}": Deno was not given ${flags}`,
    `\n${runInstead(needed, argv, io)}`,
  );
}
