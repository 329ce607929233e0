/** Reads what `deno test` prints (pretty reporter, no colours) and sums it up. */

export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Names of ignored tests and steps, each with the file that declares it. */
  readonly skippedNames: readonly string[];
  /** What went wrong beside failed tests: said in one line each. */
  readonly problems: readonly string[];
}

/** Deno's last line: `FAILED | 3 passed (1 step) | 5 failed | 1 ignored (1 step) (163ms)`. */
const TOTALS = /^(?:ok|FAILED) \| (\d+) passed\b.* \| (\d+) failed\b(.*)$/;
const IGNORED = / \| (\d+) ignored(?: \((\d+) steps?\))?/;
const RUNNING = /^running \d+ tests? from (.+)$/;
const IGNORED_TEST = /^\s*(.+) \.\.\. ignored \(\d/;

/**
 * Sums up a run of `deno test` from its standard output and exit code. A run that ends without
 * totals (a type error, a crash), that fails without a failed test (a leak, an uncaught error) or
 * that finds no test at all counts as one failure, so that the summary never looks better than
 * the run was.
 */
export function summarize(output: string, exitCode: number): Summary {
  let totals: RegExpMatchArray | undefined;
  let file = "";
  const skippedNames: string[] = [];
  for (const line of output.split(/\r?\n/)) {
    const running = line.match(RUNNING);
    if (running) file = running[1] ?? "";
    const ignored = line.match(IGNORED_TEST);
    // With --parallel the name itself begins with the file.
    if (ignored) skippedNames.push(file ? `${file} => ${ignored[1]}` : ignored[1] ?? "");
    // Tests may print such a line themselves; the runner's own comes last.
    totals = line.match(TOTALS) ?? totals;
  }
  const problems: string[] = [];
  if (!totals) {
    problems.push("deno test ended before any test could be counted: see its message above");
    return { passed: 0, failed: 1, skipped: 0, skippedNames, problems };
  }
  const ignored = (totals[3] ?? "").match(IGNORED);
  const passed = Number(totals[1]);
  const skipped = Number(ignored?.[1] ?? 0) + Number(ignored?.[2] ?? 0);
  let failed = Number(totals[2]);
  if (passed + failed + skipped === 0) {
    problems.push("No test was found: check the path or the --filter");
    failed = 1;
  } else if (exitCode !== 0 && failed === 0) {
    problems.push(`deno test exited with code ${exitCode} though no single test failed`);
    failed = 1;
  }
  return { passed, failed, skipped, skippedNames, problems };
}

/** The line that tools read: always the last one. */
export function summaryLine({ passed, failed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
