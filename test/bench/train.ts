/**
 * `deno task bench:train`: the solver beside its rivals, on the same purchases and the same objective.
 * docs/benchmarks.md says what is measured and how.
 */
import { main } from "./train/main.ts";

if (import.meta.main) {
  const write = (to: typeof Deno.stdout, text: string) =>
    to.writeSync(new TextEncoder().encode(`${text}\n`));
  Deno.exit(
    await main(Deno.args, {
      say: (text) => write(Deno.stdout, text),
      log: (line) => write(Deno.stderr, line),
    }),
  );
}
