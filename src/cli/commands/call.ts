/**
 * `call`: one function of a cell, once.
 *
 * @module
 */

import { messageToJson } from "../../abi/json.ts";
import { EXIT, messageOf, PulpError } from "../../errors.ts";
import { excerpt } from "../../manifest/quote.ts";
import type { CellSpec } from "../../manifest/spec.ts";
import { nearest } from "../../nearest.ts";
import type { Invocation } from "../command.ts";
import type { CliIo } from "../io.ts";
import { withCell } from "../one_off.ts";
import { jsonPayload, type Payload, rawPayload } from "../payload.ts";

/** Functions that a hint names. */
const MOST_NAMED = 20;

/** Runs the command. */
export async function run(invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const [, name = "", argument] = args.operands;
  if (name === "") {
    throw new PulpError("usage", 'Cannot call "": the function has no name');
  }
  const raw = args.has("raw");
  const payload = argumentOf(argument, raw, io);
  await withCell(
    invocation,
    () => payload.read(),
    async (cell, bytes, spec) => {
      const answer = await cell.call(name, bytes).catch((error) => {
        throw withNearMiss(error, name, spec);
      });
      io.stdout.write(raw ? answer : shown(answer, name, io));
    },
  );
  return EXIT.ok;
}

function argumentOf(
  argument: string | undefined,
  raw: boolean,
  io: CliIo,
): Payload {
  if (argument === undefined) {
    return { read: () => Promise.resolve(new Uint8Array()) };
  }
  return raw ? rawPayload(argument, io) : jsonPayload(argument, io);
}

function shown(answer: Uint8Array, name: string, io: CliIo): string {
  if (answer.length === 0) return "";
  try {
    const indent = io.stdout.isTerminal ? 2 : undefined;
    return messageToJson(answer, indent) + "\n";
  } catch (cause) {
    throw new PulpError(
      "contract",
      `Cannot show the answer of "${name}" as JSON: ${messageOf(cause)}`,
      { cause, hint: "--raw prints the bytes as they are" },
    );
  }
}

/** Says what the manifest provides, when the name that failed is none of it. */
function withNearMiss(error: unknown, name: string, spec: CellSpec): unknown {
  const isRefusal = error instanceof PulpError && error.code === "call" &&
    error.hint === undefined;
  if (!isRefusal || spec.provides.includes(name)) return error;
  if (spec.provides.length === 0) return error;
  const near = nearest(name, spec.provides);
  return new PulpError(error.code, error.message, {
    cause: error.cause,
    hint: near === undefined
      ? `its manifest provides ${listed(spec.provides)}`
      : `did you mean "${near}"?`,
  });
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMED).map(excerpt).join(", ");
  const more = names.length - MOST_NAMED;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
