/**
 * The findings of `inspect` for people.
 *
 * @module
 */

import { capabilitiesLine } from "../cell/declarations.ts";
import { exportMeaning, typeText } from "../cell/exports.ts";
import type { Contents, Inspection, StartKind } from "../cell/inspection.ts";
import { LIMITS } from "../limits.ts";
import type { CellSpec } from "../manifest/spec.ts";
import type {
  ModuleExport,
  ModuleImport,
  ModuleInfo,
  Producer,
} from "../wasm/module_info.ts";
import { toolchainOf } from "../wasm/toolchain.ts";
import {
  callsCells,
  capabilitiesToDeclare,
  exportsOfMemory,
} from "./inspect_facts.ts";
import type { InspectSubject } from "./inspect_subject.ts";
import type { CliIo } from "./io.ts";
import { escapeUnprintable } from "./record_text.ts";
import { shownPath } from "./shell.ts";
import { cut, cutTable, firstOf, MOST_ROWS } from "./table.ts";

/** Messages may quote several names. */
const MOST_MESSAGE_CHARS = 1_000;
/** Names in one cell of a table, or in one line. */
const MOST_NAMES = 12;
/** What the toolchain is said to be. */
const MOST_TOOL_CHARS = 200;

/** The findings about a module: what it is, the verdict, tables of what crosses its border. */
export function inspectText(
  { path, spec }: Pick<InspectSubject, "path" | "spec">,
  { bytes, sha256, contents, problems }: Inspection,
  io: Pick<CliIo, "cwd">,
): string {
  const shown = escapeUnprintable(shownPath(path, io.cwd));
  const title = spec === undefined ? shown : `${spec.name} ${spec.version}`;
  const verdict = problems.length === 0 ? "would load" : "would not load";
  const rows = [
    ...spec === undefined
      ? []
      : [["manifest", shownPath(spec.manifestPath, io.cwd)], ["module", shown]],
    ["size", `${bytes} bytes`],
    ["sha256", sha256],
    ...contents === undefined ? [] : factsOf(contents),
  ];
  return [
    `${escapeUnprintable(title)}: ${verdict}\n`,
    ...rows.map(([key = "", value = ""]) =>
      `  ${key.padEnd(10)}  ${escapeUnprintable(value)}\n`
    ),
    ...problemLines(problems),
    ...contents === undefined ? [] : [
      `\n${exportTable(contents.info)}`,
      `\n${importTable(contents)}`,
      `\n${memoryTable(contents, spec)}`,
      `\n${capabilityText(contents, spec)}`,
    ],
  ].join("");
}

function factsOf({ info, start }: Contents): string[][] {
  return [
    ["functions", `${info.functionCount}, ${info.codeBytes} bytes of code`],
    ["toolchain", toolchainText(info)],
    ["start", startText(start)],
    ["sections", sectionsText(info)],
  ];
}

function toolchainText({ producers, customSections }: ModuleInfo): string {
  if (producers === undefined) {
    return customSections.some(({ name }) => name === "producers")
      ? "not said: the producers section can't be read"
      : "not said: it has no producers section (stripped, or never written, as by AssemblyScript)";
  }
  const { processedBy, language, sdk } = producers;
  const tools = [...sdk, ...processedBy].map(producerText);
  const languages = language.map(producerText);
  const made = tools.length > 0 ? tools : languages;
  const name = toolchainOf(producers) ??
    cut(languages.join(", "), MOST_TOOL_CHARS);
  return made.length === 0
    ? "not said: the producers section names nothing"
    : `${name === "" ? "" : `${name}: `}${
      cut(made.join(", "), MOST_TOOL_CHARS)
    }`;
}

function producerText({ name, version }: Producer): string {
  return cut(version === "" ? name : `${name} ${version}`);
}

function startText({ startFunction, entry, ignored }: StartKind): string {
  const parts = [
    ...startFunction === undefined ? [] : [`start function ${startFunction}`],
    ...entry === "_initialize" ? ["_initialize (reactor)"] : [],
    ...entry === "_start" ? ["_start (command; it has to return)"] : [],
  ];
  if (parts.length === 0) return "none";
  const order = `${parts.join(", then ")}, before pulp_init`;
  return ignored === undefined ? order : `${order}; ${ignored} is never run`;
}

function sectionsText({ customSections }: ModuleInfo): string {
  if (customSections.length === 0) return "no custom ones";
  const sections = customSections.map(({ name, bytes }) =>
    `${cut(name)} (${bytes.length} bytes)`
  );
  return firstOf(sections, MOST_NAMES).join(", ");
}

function problemLines(problems: Inspection["problems"]): string[] {
  const lines = problems.slice(0, MOST_ROWS).flatMap(({ message, hint }) => [
    `error: ${message}`,
    ...hint === undefined ? [] : [`hint: ${hint}`],
  ]);
  const more = problems.length - MOST_ROWS;
  return [...lines, ...more > 0 ? [`and ${more} more`] : []].map((line) =>
    `  ${escapeUnprintable(cut(line, MOST_MESSAGE_CHARS))}\n`
  );
}

function exportTable({ exports }: ModuleInfo): string {
  if (exports.length === 0) return "  exports nothing\n";
  return cutTable(["export", "type", "for the host"], exports, (it) => {
    const known = exportMeaning(it.name);
    return [
      cut(it.name),
      externText(it),
      known === undefined
        ? "-"
        : `${known.meaning}${known.required ? " (required)" : ""}`,
    ];
  });
}

function importTable({ info, sources }: Contents): string {
  if (info.imports.length === 0) return "  imports nothing\n";
  return cutTable(
    ["import", "type", "capability", "manifest"],
    info.imports,
    (it, index) => [
      `${cut(it.module)}.${cut(it.name)}`,
      externText(it),
      sources[index]?.capability ?? "-",
      sources[index]?.declaration ?? "unknown",
    ],
  );
}

function memoryTable(
  { info, memories }: Contents,
  spec: CellSpec | undefined,
): string {
  if (memories.length === 0) return "  has no memory\n";
  const maxPages = spec?.maxMemoryPages ?? LIMITS.memoryPages;
  const line = spec?.places["max_memory_pages"]?.line;
  return cutTable(
    ["memory", "pages", "own maximum", "host's cap"],
    memories,
    (memory, index) => [
      [
        ...firstOf(
          exportsOfMemory(info, index).map((name) => cut(name)),
          MOST_NAMES,
        ),
        ...memory.imported ? ["imported"] : [],
        ...memory.shared ? ["shared"] : [],
        ...memory.is64 ? ["64-bit"] : [],
      ].join(", ") || String(index),
      String(memory.minPages),
      String(memory.maxPages ?? "-"),
      String(memory.cappedPages ?? "-"),
    ],
  ) +
    `  max_memory_pages is ${maxPages}, ${
      line === undefined ? "the default" : `line ${line} of the manifest`
    }; a page has 64 KiB\n`;
}

function capabilityText(
  { info, declarations }: Contents,
  spec: CellSpec | undefined,
): string {
  const { undeclared, neverImported } = declarations;
  const line = capabilitiesLine(capabilitiesToDeclare(declarations, spec));
  const callsOthers = callsCells(info);
  if (spec === undefined) {
    return `  a manifest would have to declare:\n\n    ${
      escapeUnprintable(line)
    }\n` +
      (callsOthers ? "\n  and in consumes the cells that it calls\n" : "");
  }
  let text = `  declared, never imported: ${
    neverImported.map(escapeUnprintable).join(", ") || "nothing"
  }\n  imported, not declared: `;
  if (undeclared.length === 0) text += "nothing\n";
  else {
    text += `${undeclared.map((it) => it.capability).join(", ")} - ` +
      `calls return 99; to declare it:\n\n    ${escapeUnprintable(line)}\n`;
  }
  const hasLinks = spec.consumes.length + spec.dependsOn.length > 0;
  return callsOthers && !hasLinks
    ? `${text}  pulp_call is imported, and consumes names no cell: calls return 11\n`
    : text;
}

function externText({ kind, type }: ModuleExport | ModuleImport): string {
  return kind === "function" && type !== undefined ? cut(typeText(type)) : kind;
}
