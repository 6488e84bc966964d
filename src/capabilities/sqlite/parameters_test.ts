import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { SqlFailure } from "./failure.ts";
import { openSqlite } from "./node_sqlite.ts";
import { bindingsOf, layoutOf } from "./parameters.ts";
import { splitSql } from "./sql_statement.ts";

Deno.test("layoutOf() numbers parameters as SQLite does", () => {
  assertEquals(layoutOf([]), { needed: 0, count: 0 });
  assertEquals(layoutOf(["?", "?"]), { needed: 2, count: 2 });
  assertEquals(layoutOf(["?3", "?1"]), { needed: 3, count: 3 });
  assertEquals(layoutOf(["?2", "?", ":a", ":a"]).needed, 4);
  assertEquals(layoutOf(["$5"]).needed, 5);
});

Deno.test("bindingsOf() leaves out values that no parameter takes", () => {
  assertEquals(bindingsOf(layoutOf(["?"]), [1n, 2n]), [1n]);
  assertEquals(bindingsOf(layoutOf([]), [1n]), []);
});

Deno.test("bindingsOf() says which parameter has no value", () => {
  assertThrows(
    () => bindingsOf(layoutOf(["?", "?", "?"]), [1n]),
    SqlFailure,
    "Cannot bind parameter 2: the statement takes 3, 1 given",
  );
});

Deno.test("bindingsOf() gives each parameter the value that its name or place asks for", () => {
  const database = openSqlite(":memory:", 0);
  const values = ["v1", "v2", "v3", "v4"];
  // SQLite gives `?1` the slot of a name that comes first, so not both at once.
  const numbered = fc.constantFrom<string>("?1", "?2", "?4");
  const named = fc.constantFrom(
    ...["$1", "$3", ":2", "@4", ":name", "@name", "$name"],
  );
  const list = { minLength: 1, maxLength: 6 };
  fc.assert(
    fc.property(
      fc.oneof(fc.array(numbered, list), fc.array(named, list)),
      (used) => {
        const layout = layoutOf(used);
        if (layout.needed > values.length) return;
        const [row = []] = database.prepare(`SELECT ${used.join()}`)
          .all(...bindingsOf(layout, values));
        used.forEach((name, at) => {
          const number = Number(name.slice(1));
          if (number > 0) assertEquals(row[at], `v${number}`);
          else assertEquals(row[at], row[used.indexOf(name)]);
        });
      },
    ),
  );
  assertEquals(
    database.prepare("SELECT ?, :a, ?, @b, :a").all(
      ...bindingsOf(layoutOf(["?", ":a", "?", "@b", ":a"]), values),
    ),
    [["v1", "v2", "v3", "v4", "v2"]],
  );
  database.close();
});

Deno.test("a number of a parameter is refused before anything of that length is made", () => {
  assertEquals(layoutOf(["?32766"]).count, 32_766);
  for (const variable of ["?32767", "?999999999", `?${"9".repeat(400)}`]) {
    assertThrows(() => layoutOf([variable]), SqlFailure, "?32766 is the last");
  }
});

Deno.test("what stands in the brackets of a variable is no variable", () => {
  for (const name of ["$a(?9)", ":a(?9)", "@a(?9)", "#a(?9)"]) {
    assertEquals(splitSql(`SELECT ${name}, ?`)[0]?.variables, [name, "?"]);
  }
});
