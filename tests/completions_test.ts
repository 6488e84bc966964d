import { assertEquals, assertStringIncludes } from "@std/assert";
import { COMMANDS } from "../src/cli/commands.ts";
import { HELP_OPTION, PROGRAM_OPTIONS } from "../src/cli/help.ts";
import { TempDir } from "../src/testing/cell_folder.ts";
import { type Ask, shellProblem, SHELLS } from "./completions/shells.ts";
import { pulp } from "./support/pulp.ts";

/** The completions of a shell, in a folder with some files. */
class Completions extends TempDir {
  readonly #shell: string;

  constructor(shell: string) {
    super();
    this.#shell = shell;
  }

  /** What is offered behind one line. */
  async after(line: string): Promise<string[]> {
    return (await this.afterEach([line])).get(line) ?? [];
  }

  /** What is offered behind each of several lines. */
  async afterEach(lines: readonly string[]): Promise<Map<string, string[]>> {
    const { code, out, err } = await pulp(["completions", this.#shell]);
    assertEquals([code, err], [0, ""]);
    const script = this.join("completions");
    await Deno.writeTextFile(script, out);
    const place = this.join("place");
    await Deno.mkdir(`${place}/cells`, { recursive: true });
    await Deno.writeTextFile(`${place}/pulp.cell.toml`, "");
    const ask: Ask | undefined = SHELLS[this.#shell];
    if (ask === undefined) throw new TypeError(`no shell ${this.#shell}`);
    return await ask(lines, script, place);
  }
}

const NAMES = COMMANDS.map(({ name }) => name);
const PATHS = ["cells", "pulp.cell.toml"];

/** Without the slash that a shell puts behind a folder. */
function plain(words: readonly string[] | undefined): string[] {
  return (words ?? []).map((word) => word.replace(/\/$/, "")).sort();
}

for (const shell of Object.keys(SHELLS)) {
  const problem = await shellProblem(shell);
  const test = (name: string, fn: () => Promise<void>): void =>
    Deno.test({
      name: problem === undefined ? name : `${name} (skipped: ${problem})`,
      ignore: problem !== undefined,
      fn,
    });

  test(`${shell} offers every command, and what is taken without one`, async () => {
    await using completions = new Completions(shell);
    const offered = await completions.afterEach(["pulp ", "pulp -"]);
    const words = new Set([...offered.values()].flat());
    const options = PROGRAM_OPTIONS.flatMap(({ name, short }) => [
      `--${name}`,
      `-${short}`,
    ]);
    assertEquals([...words].sort(), [...NAMES, ...options].sort());
  });

  test(`${shell} offers every option of every command, and no other`, async () => {
    await using completions = new Completions(shell);
    const lines = COMMANDS.map(({ name }) => `pulp ${name} --`);
    const offered = await completions.afterEach(lines);
    const long = (words: string[] | undefined): string[] =>
      (words ?? []).map((word) => word.replace(/=$/, "")).sort();
    for (const { name, options } of COMMANDS) {
      assertEquals(
        long(offered.get(`pulp ${name} --`)),
        [...options, HELP_OPTION].map((it) => `--${it.name}`).sort(),
        name,
      );
    }
  });

  test(`${shell} offers the letters of options`, async () => {
    await using completions = new Completions(shell);
    const lines = COMMANDS.map(({ name }) => `pulp ${name} -`);
    const offered = await completions.afterEach(lines);
    for (const { name, options } of COMMANDS) {
      const letters = offered.get(`pulp ${name} -`)?.filter((word) =>
        /^-\w$/.test(word)
      );
      const known = [...options, HELP_OPTION].flatMap(({ short }) =>
        short === undefined ? [] : [`-${short}`]
      );
      assertEquals(letters?.sort(), known.sort(), name);
    }
  });

  test(`${shell} offers the values of every option that has a choice`, async () => {
    const valued = COMMANDS.flatMap(({ name, options }) =>
      options.flatMap((option) =>
        option.choices === undefined
          ? []
          : [{ line: `pulp ${name} --${option.name}`, of: option.choices }]
      )
    );
    await using completions = new Completions(shell);
    const offered = await completions.afterEach(
      valued.flatMap(({ line }) => [`${line} `, `${line}=`]),
    );
    for (const { line, of } of valued) {
      assertEquals(plain(offered.get(`${line} `)), [...of].sort(), line);
      // fish offers the whole word, the others what stands behind "=".
      const behind = offered.get(`${line}=`)?.map((it) =>
        it.slice(it.indexOf("=") + 1)
      );
      assertEquals(plain(behind), [...of].sort(), line);
    }
  });

  test(`${shell} offers files where a manifest or a file can stand`, async () => {
    await using completions = new Completions(shell);
    const lines = [
      "pulp run ",
      "pulp run cells ",
      "pulp call ",
      "pulp call --raw --listen=127.0.0.1:80 ",
      "pulp run --tls-cert ",
      "pulp run --log-level debug ",
    ];
    const offered = await completions.afterEach(lines);
    for (const line of lines) {
      assertEquals(plain(offered.get(line)), PATHS, line);
    }
  });

  test(`${shell} offers folders alone where a folder has to stand`, async () => {
    await using completions = new Completions(shell);
    const lines = ["pulp run --storage-root ", "pulp doctor --scratch "];
    const offered = await completions.afterEach(lines);
    for (const line of lines) {
      assertEquals(plain(offered.get(line)), ["cells"], line);
    }
  });

  test(`${shell} offers nothing where nothing can be known`, async () => {
    await using completions = new Completions(shell);
    const lines = [
      "pulp stop ",
      "pulp reload ",
      "pulp step --count ",
      "pulp completions bash ",
      "pulp nope ",
    ];
    const offered = await completions.afterEach(lines);
    for (const line of lines) {
      // zsh offers options where no argument is left to be given.
      const words = offered.get(line)?.filter((word) => !word.startsWith("-"));
      assertEquals(words, [], line);
    }
  });

  test(`${shell} offers shells and help topics`, async () => {
    await using completions = new Completions(shell);
    assertEquals(
      (await completions.after("pulp completions ")).sort(),
      ["bash", "fish", "zsh"],
    );
    assertEquals((await completions.after("pulp help ")).sort(), NAMES.sort());
  });
}

Deno.test("bash completes values where = is no word of its own, and quoted paths", async () => {
  await using folder = new TempDir();
  const script = folder.join("completions");
  await Deno.writeTextFile(script, (await pulp(["completions", "bash"])).out);
  await Deno.mkdir(folder.join("my cells"));
  const offered = async (...words: string[]): Promise<string> => {
    const typed = ["pulp", ...words].map((it) => `'${it}'`).join(" ");
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: [
        "-c",
        `source completions; COMP_WORDS=(${typed}) COMP_CWORD=${words.length}
_pulp; echo "\${COMPREPLY[*]}"`,
      ],
      cwd: folder.path,
      stdin: "null",
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trimEnd();
  };
  assertEquals(await offered("run", "--log-level=d"), "--log-level=debug");
  assertEquals(await offered("run", "my\\ c"), "my cells");
  assertEquals(await offered("run", '"my c'), "my cells");
  assertEquals(await offered("run", "--", "my"), "my cells");
  assertEquals(await offered("check", "--", "--js"), "");
});

Deno.test("completions of a shell that nobody knows are refused with the near miss", async () => {
  const { code, out, err } = await pulp(["completions", "bsh"]);
  assertEquals([code, out], [2, ""]);
  assertStringIncludes(err, 'takes bash, zsh, fish (did you mean "bash"?)');
});
