import { assertEquals } from "@std/assert";
import { bundle, committedBundle, PROGRAMS } from "./build_workers.ts";

// Otherwise tests would run workers that are older than their source.
for (const name of PROGRAMS) {
  Deno.test(`the bundle of ${name} is what its source makes; otherwise: deno task build:workers`, async () => {
    const committed = await committedBundle(name);
    // Compared by a flag: nobody reads the difference of two such lines.
    assertEquals(await bundle(name) === committed, true);
  });
}
