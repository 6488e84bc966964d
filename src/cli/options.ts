/**
 * Options that several commands have.
 *
 * @module
 */

import { LOG_LEVELS } from "../logger.ts";
import type { OptionSpec } from "./command.ts";

/** Where cells keep their data. */
export const STORAGE_ROOT: OptionSpec = {
  name: "storage-root",
  value: "folder",
  summary: "Folder below which each cell keeps its data",
  default: "./data",
};

/** The shared listener. */
export const LISTEN: OptionSpec = {
  name: "listen",
  value: "host:port",
  summary: "Address of the HTTP listener; port 0 is any free port",
  default: "127.0.0.1:8080",
};

/** What makes listeners serve https. */
export const TLS: readonly OptionSpec[] = [
  {
    name: "tls-cert",
    value: "file",
    summary: "Certificate in PEM, with its chain: listeners serve https",
  },
  { name: "tls-key", value: "file", summary: "Its key in PEM" },
];

/** Capabilities of the user. */
export const EXT: OptionSpec = {
  name: "ext",
  value: "file",
  summary: "A module that registers a capability of its own",
  repeatable: true,
};

/** Cells that follow their files. */
export const WATCH: OptionSpec = {
  name: "watch",
  summary: "Reload cells as their files change",
};

/** The control socket. */
export const CTL: OptionSpec = {
  name: "ctl",
  value: "path",
  summary: "The control socket; else PULP_CTL_SOCK, else ./pulp.ctl",
};

/** How a command logs, with the level that it has by default. */
export function logOptions(level: string): OptionSpec[] {
  return [
    {
      name: "log-level",
      value: "level",
      summary: "The lowest level to log, on standard error",
      choices: LOG_LEVELS,
      default: level,
    },
    {
      name: "log-format",
      value: "format",
      summary: "How records look; pretty on a terminal, else logfmt",
      choices: ["logfmt", "pretty", "json"],
    },
  ];
}
