/**
 * The findings of `check` for people.
 *
 * @module
 */

import { messageOf, PulpError } from "../errors.ts";
import { LIMITS } from "../limits.ts";
import type { CellReport, ModuleReport } from "./check_cell.ts";
import type { SetReport } from "./commands/check.ts";
import { verdictTable } from "./denied.ts";
import type { CliIo } from "./io.ts";
import { escapeUnprintable } from "./record_text.ts";
import { shownPath } from "./shell.ts";
import { cut, cutTable, firstOf, table } from "./table.ts";

/** Exports that are named; a cell has some twenty of them. */
const MOST_EXPORTS = 100;

/** The findings about a set, a block for each cell, and the limits of the host when asked for. */
export function checkText(
  report: SetReport,
  io: CliIo,
  limits: boolean,
): string {
  const blocks = report.cells.map((cell) => cellText(cell, io));
  if (report.setError !== undefined) {
    blocks.push(`These cells are no set:\n${errorText(report.setError)}`);
  }
  if (report.given !== undefined) blocks.push(givenText(report.given));
  if (limits) {
    const rows = Object.entries(LIMITS).map((
      [name, value],
    ) => [name, String(value)]);
    blocks.push(table(["limit of the host", "value"], rows));
  }
  if (report.instead !== undefined) blocks.push(report.instead);
  return blocks.join("\n");
}

/** What an executable may do, in the words of Deno. */
function givenText(flags: readonly string[]): string {
  const lines = flags.length === 0
    ? ["nothing: the cells compute"]
    : flags.map(escapeUnprintable);
  return `This executable was made with:\n${
    lines.map((line) => `  ${line}\n`).join("")
  }`;
}

function cellText(cell: CellReport, io: CliIo): string {
  const { spec, verdict, module } = cell;
  if (spec === undefined) {
    return `${escapeUnprintable(cell.argument)}: refused\n${
      cell.errors.map(errorText).join("")
    }`;
  }
  const outcome = cell.exitCode === 0
    ? "ready"
    : cell.errors.length > 0
    ? "refused"
    : "a permission is missing";
  let text = `${spec.name} ${escapeUnprintable(spec.version)}: ${outcome}\n`;
  text += `  manifest  ${shown(spec.manifestPath, io)}\n`;
  text += `  module    ${shown(spec.wasmPath, io)}\n`;
  if (module !== undefined) {
    text += `  size      ${module.bytes} bytes\n`;
    text += `  sha256    ${module.sha256}\n`;
    text += `  exports   ${escapeUnprintable(exportsText(module))}\n`;
  }
  text += `  deadline  ${spec.callTimeoutMs} ms for each entry point\n`;
  text += `  memory    ${spec.maxMemoryPages} pages of 64 KiB at the most\n`;
  text += cell.errors.map(errorText).join("");
  text += cell.warnings.map(({ message, hint }) =>
    `  warning: ${escapeUnprintable(message)}\n` +
    `  hint: ${escapeUnprintable(hint)}\n`
  ).join("");
  if (verdict !== undefined) {
    text += `\n${verdictTable({ spec, verdict }, io.cwd)}`;
  }
  return module === undefined ? text : text + importTable(module);
}

function exportsText({ exports }: ModuleReport): string {
  return firstOf(exports.map((name) => cut(name)), MOST_EXPORTS).join(", ");
}

function importTable({ imports }: ModuleReport): string {
  if (imports.length === 0) return "\n  imports nothing\n";
  return `\n${
    cutTable(["import", "capability", "state"], imports, (it) => [
      `${cut(it.module)}.${cut(it.name)}`,
      it.capability ?? "-",
      it.state,
    ])
  }`;
}

/** Further lines are set in: a guest may have had a hand in them, and none passes for one of ours. */
function errorText(error: unknown): string {
  const hint = error instanceof PulpError ? error.hint : undefined;
  const [first = "", ...more] = messageOf(error).trimEnd().split("\n");
  return [
    `error: ${first}`,
    ...more.map((line) => `  ${line}`),
    ...(hint === undefined ? [] : [`hint: ${hint}`]),
  ].map((line) => `  ${escapeUnprintable(line)}\n`).join("");
}

function shown(path: string, io: CliIo): string {
  if (io.embedded !== undefined) return "in this executable";
  return escapeUnprintable(shownPath(path, io.cwd));
}
