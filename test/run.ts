/**
 * `deno task test [path …] [--filter name] [--seed N|random] …`: runs `deno test` with named
 * permissions, passes its output on, lists what was skipped, and ends with `N passed, N failed, N
 * skipped`. `--seed` draws other cases for tests of laws (support/fast_check.ts). Further arguments
 * go to `deno test` as they are.
 */
import { summarize, summaryLine } from "./summary.ts";

/** The network beyond this machine stays closed: no test may depend on it. */
const permissions = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
  "--allow-ffi",
  "--allow-net=127.0.0.1,localhost,0.0.0.0",
];

/** Runs `deno test` with `args` and returns the exit code to end with. */
async function main(args: readonly string[]): Promise<number> {
  const { seed, others } = seedOf(args);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--parallel", ...permissions, ...others],
    env: { NO_COLOR: "1", ...(seed === undefined ? {} : { TEST_SEED: seed }) },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  let output = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    await writeAll(chunk);
    output += decoder.decode(chunk, { stream: true });
  }
  const { code } = await child.status;
  const summary = summarize(output + decoder.decode(), code);
  const lines: string[] = [];
  if (summary.skippedNames.length > 0) {
    lines.push("Skipped:", ...summary.skippedNames.map((name) => `  ${name}`));
  }
  lines.push(...summary.problems, summaryLine(summary));
  await writeAll(new TextEncoder().encode(`\n${lines.join("\n")}\n`));
  return summary.failed > 0 ? 1 : 0;
}

/** Takes `--seed N` or `--seed=N` out of the arguments, which `deno test` does not know. */
function seedOf(args: readonly string[]): { seed: string | undefined; others: string[] } {
  const others = [...args];
  const at = others.findIndex((word) => word === "--seed" || word.startsWith("--seed="));
  if (at < 0) return { seed: undefined, others };
  const [word = ""] = others.splice(at, 1);
  return { seed: word === "--seed" ? others.splice(at, 1)[0] ?? "" : word.slice(7), others };
}

async function writeAll(bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
