import { examine } from "./doctor.ts";
const { results } = await examine({ scratchRoot: "/tmp" });
for (const r of results) {
  console.log(
    r.outcome.padEnd(9),
    String(r.ms).padStart(5),
    r.id.padEnd(26),
    r.seen,
  );
}
Deno.exit(0);
