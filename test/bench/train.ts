/**
 * `deno task bench:train`: the solver beside its rivals, on the same purchases and the same objective.
 * docs/benchmarks.md says what is measured and how.
 */
import { main } from "./train/main.ts";

if (import.meta.main) Deno.exit(await main(Deno.args));
