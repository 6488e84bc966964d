import { dirname } from "@std/path";
import { TempDir } from "../src/testing/cell_folder.ts";
import {
  type BadInput,
  REFUSED,
  SET_REFUSED,
  testBadInputs,
} from "./support/bad_input.ts";

const HEAD = 'name = "x"\nversion = "1"\n';

/** One manifest that is wrong by itself, whatever the command. */
interface Wrong {
  readonly name: string;
  readonly toml: string | Uint8Array;
  readonly says: readonly string[];
}

const WRONG: readonly Wrong[] = [
  {
    name: "not TOML",
    toml: 'name = "x"\nversion = = "1"\n',
    says: ["pulp.cell.toml:2:11: not valid TOML"],
  },
  {
    name: "JSON",
    toml: '{"name": "x"}\n',
    says: ["pulp.cell.toml:1:", "not valid TOML"],
  },
  {
    name: "an empty manifest",
    toml: "",
    says: ["name is missing", "version is missing"],
  },
  {
    name: "not UTF-8",
    toml: new Uint8Array([0x6e, 0x20, 0x3d, 0x20, 0x22, 0xc3, 0x28, 0x22]),
    says: ["it is not UTF-8"],
  },
  {
    name: "2 MiB of manifest",
    toml: HEAD + "#".repeat(2 << 20),
    says: ["a manifest has at most 1048576 bytes"],
  },
  {
    name: "an unknown key",
    toml: `${HEAD}capabilties = ["storage.sqlite"]\n`,
    says: [
      'pulp.cell.toml:3:1: unknown key "capabilties" (did you mean "capabilities"?)',
    ],
  },
  {
    name: "an unknown capability",
    toml: `${HEAD}capabilities = ["storage.sqlit"]\n`,
    says: [
      'Cannot bind "storage.sqlit" for cell "x"',
      '(did you mean "storage.sqlite"?)',
    ],
  },
  {
    name: "an unknown permission",
    toml: `${HEAD}[permissions]\nnett = []\n`,
    says: ["pulp.cell.toml:4:1: ", "nett", '(did you mean "net"?)'],
  },
  {
    name: "a wrong type",
    toml: `${HEAD}max_memory_pages = "many"\n`,
    says: [
      'pulp.cell.toml:3:20: max_memory_pages must be an integer: received "many"',
    ],
  },
  {
    name: "a wrong type within a list",
    toml: `${HEAD}provides = ["a", 7]\n`,
    says: ["pulp.cell.toml:3:18: ", "7"],
  },
  {
    name: "several at once",
    toml: 'name = 1\nversion = 2\nrestart = "sometimes"\n',
    says: [
      "pulp.cell.toml:1:8: name must be a string",
      "pulp.cell.toml:2:11: version must be a string",
      "pulp.cell.toml:3:11: ",
    ],
  },
  {
    name: "a blank name",
    toml: 'name = "  "\nversion = "1"\n',
    says: ["pulp.cell.toml:1:8: name must not be blank"],
  },
  {
    name: "a blank version",
    toml: 'name = "x"\nversion = ""\n',
    says: ["pulp.cell.toml:2:11: version must not be blank"],
  },
  ...["../x", "a/b", "a\\\\b", "..", ".", "C:x"].map((name) => ({
    name: `the name ${name}`,
    toml: `name = "${name}"\nversion = "1"\n`,
    says: ["pulp.cell.toml:1:8: name can't be "],
  })),
  {
    name: "a newer schema",
    toml: `schema_version = 2\n${HEAD}`,
    says: [
      "pulp.cell.toml:1:18: schema_version 2 is newer than this host supports (max 1)",
    ],
  },
  {
    name: "an integer of more than 64 bits",
    toml: `${HEAD}[config]\nn = 9223372036854775808\n`,
    says: ["pulp.cell.toml:4:5: "],
  },
  {
    name: "a checksum that is none",
    toml: `${HEAD}wasm_sha256 = "abc"\n`,
    says: ["pulp.cell.toml:3:15: wasm_sha256"],
  },
];

Deno.test("a manifest that can't be hosted ends commands with 2, at its place", async (t) => {
  await using dir = new TempDir();
  const inputs: BadInput[] = [];
  for (const [index, { name, toml, says }] of WRONG.entries()) {
    const path = dir.join(String(index), "pulp.cell.toml");
    await write(path, toml);
    // All commands read manifests alike: one in four shows that.
    const codes = index % 4 === 0 ? REFUSED : SET_REFUSED;
    inputs.push({ name, manifests: [path], codes, says });
  }
  await Deno.mkdir(dir.join("empty"));
  await Deno.mkdir(dir.join("odd", "pulp.cell.toml"), { recursive: true });
  inputs.push(
    {
      name: "no file",
      manifests: [dir.join("nowhere.toml")],
      codes: REFUSED,
      says: [`Cannot read "${dir.join("nowhere.toml")}": there is no such`],
    },
    {
      name: "a folder without manifest",
      manifests: [dir.join("empty")],
      codes: REFUSED,
      says: [
        `Cannot read "${
          dir.join("empty")
        }": the folder holds no pulp.cell.toml`,
      ],
    },
    {
      name: "a manifest that is a folder",
      manifests: [dir.join("odd")],
      codes: REFUSED,
      says: ["it is not a file"],
    },
    {
      name: "a path within a file",
      manifests: [dir.join("0", "pulp.cell.toml", "x")],
      codes: REFUSED,
      says: ["there is no such file or folder"],
    },
    {
      name: "no path",
      manifests: [""],
      codes: REFUSED,
      says: ['Cannot read manifest "": the path is empty'],
    },
  );
  await testBadInputs(t, dir.path, inputs);
});

Deno.test("a set that can't be hosted ends run and check with 2", async (t) => {
  await using dir = new TempDir();
  const wasm = await Deno.readFile("cells/hello/cell.wasm");
  const cell = async (folder: string, toml: string): Promise<string> => {
    await write(dir.join(folder, "pulp.cell.toml"), toml);
    await Deno.writeFile(dir.join(folder, "cell.wasm"), wasm);
    return dir.join(folder);
  };
  const named = (name: string, more = ""): string =>
    `name = "${name}"\nversion = "1"\n${more}\n`;
  const a = await cell("a", named("a", 'depends_on = ["b"]'));
  const b = await cell("b", named("b", 'depends_on = ["c"]'));
  const c = await cell("c", named("c", 'depends_on = ["a"]'));
  const self = await cell("self", named("self", 'depends_on = ["self"]'));
  const twin = await cell("twin", named("hello"));
  const other = await cell("other", named("hello"));
  const upper = await cell("upper", named("HELLO"));
  const needs = await cell("needs", named("needs", 'consumes = ["greetz"]'));
  const greets = await cell("greets", named("greets", 'provides = ["greets"]'));
  const depends = await cell(
    "depends",
    named("deps", 'depends_on = ["greet"]'),
  );
  const broken = await cell("broken", named("broken", "unknown = 1"));
  await testBadInputs(t, dir.path, [
    {
      name: "a cycle",
      manifests: [a, b, c],
      codes: SET_REFUSED,
      says: [
        `${a}/pulp.cell.toml:3:15: cells depend on each other in a circle: a -> b -> c -> a`,
      ],
    },
    {
      name: "a cell that depends on itself",
      manifests: [self],
      codes: SET_REFUSED,
      says: ['cell "self" depends on itself'],
    },
    {
      name: "duplicate names",
      manifests: [twin, other],
      codes: SET_REFUSED,
      says: [
        `${other}/pulp.cell.toml:1:1: the name "hello" is taken by ${twin}/pulp.cell.toml`,
      ],
    },
    {
      name: "names that differ only in case",
      manifests: [twin, upper],
      codes: SET_REFUSED,
      says: ['the name "HELLO" differs only in case from "hello"'],
    },
    {
      name: "a manifest given twice",
      manifests: [twin, `${twin}/pulp.cell.toml`],
      codes: SET_REFUSED,
      says: ["the manifest is given twice"],
    },
    {
      name: "a missing provider",
      manifests: [needs, greets],
      codes: SET_REFUSED,
      says: [
        `${needs}/pulp.cell.toml:3:13: cell "needs" consumes "greetz", which no cell of the set is or provides (did you mean "greets"?)`,
      ],
    },
    {
      name: "a missing dependency",
      manifests: [depends, greets],
      codes: SET_REFUSED,
      says: ['cell "deps" depends on "greet", and no cell of the set'],
    },
    {
      name: "one bad manifest, and nothing starts",
      manifests: [twin, broken],
      codes: SET_REFUSED,
      says: [`${broken}/pulp.cell.toml:3:1: unknown key "unknown"`],
    },
  ]);
});

async function write(path: string, text: string | Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  if (typeof text === "string") await Deno.writeTextFile(path, text);
  else await Deno.writeFile(path, text);
}
