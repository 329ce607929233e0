/** `deno task check`: all that must hold before a commit and needs no test run. */
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../", import.meta.url));

interface Check {
  readonly name: string;
  /** Arguments of `deno`. */
  readonly args: readonly string[];
  /** What to do where it fails. */
  readonly mend: string;
}

const code = ["pipeline", "serve", "examples", "notebooks/run", "test"];

const checks: readonly Check[] = [
  { name: "format", args: ["fmt", "--check"], mend: "deno task fmt" },
  { name: "lint", args: ["lint", "--quiet"], mend: "change the lines named above" },
  {
    name: "types and lock file",
    args: ["check", "--quiet", "--frozen", ...code],
    mend: "correct the types; where deno.lock is out of date, run `deno install` and commit it",
  },
  {
    name: "types of the notebooks' library and the report",
    args: [
      "check",
      "--quiet",
      "--frozen",
      "--config",
      "notebooks/deno.json",
      "notebooks/lib",
      "notebooks/report",
    ],
    mend: "correct the types; deno.lock in notebooks/ must be committed with its deno.json",
  },
  {
    name: "types of the notebooks' cells",
    args: ["task", "--quiet", "notebooks", "--types"],
    mend: "correct the cells named above",
  },
  {
    name: "project rules",
    args: [
      "test",
      "--quiet",
      "--no-check",
      "--allow-read",
      "--allow-write",
      "--allow-run",
      "test/project",
      "--ignore=test/project/summary_test.ts",
    ],
    mend: "the messages name the file and the rule",
  },
];

/** Runs every check, shows the output of those that fail, and returns the exit code. */
async function main(): Promise<number> {
  const failed: Check[] = [];
  for (const check of checks) {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [...check.args],
      cwd: root,
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    say(`${success ? "ok    " : "FAILED"} ${check.name}`);
    if (success) continue;
    failed.push(check);
    for (const bytes of [stdout, stderr]) {
      const text = new TextDecoder().decode(bytes).trim();
      if (text !== "") say(text.replace(/^/gm, "  "));
    }
  }
  if (failed.length > 0) say("\nTo mend:");
  for (const { name, mend } of failed) say(`  ${name}: ${mend}`);
  say(`\n${checks.length - failed.length} of ${checks.length} checks passed`);
  return failed.length > 0 ? 1 : 0;
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) Deno.exit(await main());
