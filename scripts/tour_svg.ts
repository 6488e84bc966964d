/**
 * The tour of README.md as a picture: `deno task tour [--check]`.
 *
 * Its commands run as they are shown, in a copy of the project and on a
 * terminal. `docs/tour.svg` is what they printed there; `--check` compares it
 * with what they print now.
 *
 * @module
 */

import { basename, fromFileUrl, join } from "@std/path";
import { Scratch, SHOWN_PORT, SHOWN_ROOT } from "../tests/docs/scratch.ts";
import { firstDifference } from "./tour/difference.ts";
import { LAST_PROMPT, sceneOf, type Step } from "./tour/scene.ts";
import { settled } from "./tour/settled.ts";
import { drawTour } from "./tour/svg.ts";
import { Terminal, terminalProblem } from "./tour/terminal.ts";
import { type Scene, timelineOf } from "./tour/timeline.ts";

/** The commands, as README.md has them. */
export const TOUR: readonly Step[] = [
  {
    says:
      "Call one function of one cell. It may read its own folder and nothing else.",
    command:
      `deno run --allow-read=cells/hello main.ts call cells/hello greet '{"name":"Ada"}'`,
  },
  {
    says: "What does a cell need? Nothing of it runs for this.",
    command: "deno run --allow-read=cells/notes main.ts check cells/notes",
    code: 3,
    shows: /^(?:notes| {2}(?:capability|module +-|worker|storage|transport))/,
  },
  {
    says: "Start it without that: the line to run instead is printed.",
    command: "deno run --allow-read=cells/notes main.ts run cells/notes",
    code: 3,
    shows: /^(?:error|Run| {2}deno)/,
  },
  {
    says: "With exactly that, it starts: HTTP, and notes in SQLite.",
    command: "deno run --no-prompt --allow-read=data/notes,cells/notes \\\n" +
      "    --allow-write=data/notes --allow-net=127.0.0.1:8080 main.ts run cells/notes &",
    until: /cell ready/,
    shows: /http server started|init complete|cell ready/,
  },
  {
    says: "Use it, and stop it.",
    command:
      `curl -s http://127.0.0.1:8080/notes -d '{"text":"water the plants"}'`,
  },
  {
    command: "kill %1",
    waits: true,
  },
];

const COLUMNS = 96;
const PICTURE = "docs/tour.svg";

const root = fromFileUrl(new URL("..", import.meta.url));

/** Why the tour can't be drawn here, or `undefined` when it can. */
export async function tourProblem(): Promise<string | undefined> {
  const problem = await terminalProblem();
  if (problem !== undefined) return problem;
  await using terminal = await Terminal.start(root, {});
  const { code } = await terminal.run("command -v curl");
  return code === 0 ? undefined : "curl is not installed";
}

/** Runs the tour and draws it. Throws when a command ends with another code. */
async function drawnTour(): Promise<string> {
  await using scratch = await Scratch.make(root);
  // An empty NO_COLOR is none.
  const env = { ...scratch.env, NO_COLOR: "" };
  await using terminal = await Terminal.start(scratch.root, env);
  const scenes: Scene[] = [];
  for (const step of TOUR) {
    const { output, code } = await terminal.run(
      scratch.command(step.command) + (step.waits ? "; wait" : ""),
      step.until,
    );
    if (code !== (step.code ?? 0)) {
      throw new Error(`"${step.command}" ended with ${code}\n${output}`);
    }
    const shown = output.replaceAll(scratch.root, SHOWN_ROOT)
      .replaceAll(`:${scratch.port}`, `:${SHOWN_PORT}`);
    scenes.push(sceneOf(step, settled(shown), COLUMNS));
  }
  const captions = TOUR.flatMap(({ says }) => says ?? []);
  return drawTour(timelineOf(scenes, LAST_PROMPT), {
    title: "A tour of pulp-deno in a terminal",
    description: `Commands, and what they print. ${captions.join(" ")}`,
    caption: `~/${basename(SHOWN_ROOT)}`,
    columns: COLUMNS,
  });
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
}

async function main(args: readonly string[]): Promise<number> {
  const isCheck = args[0] === "--check";
  const unknown = args[isCheck ? 1 : 0];
  if (unknown !== undefined) {
    say(`Cannot read "${unknown}": use --check or nothing`);
    return 2;
  }
  const problem = await tourProblem();
  if (problem !== undefined) {
    say(`Cannot draw the tour: ${problem}`);
    return 1;
  }
  const path = join(root, PICTURE);
  const picture = await drawnTour();
  if (!isCheck) {
    await Deno.writeTextFile(path, picture);
    return 0;
  }
  const committed = await Deno.readTextFile(path).catch(() => "");
  const difference = firstDifference(committed, picture);
  if (difference === undefined) return 0;
  say(`${PICTURE} is not what the commands print now\n${difference}`);
  say("Run: deno task tour");
  return 1;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
