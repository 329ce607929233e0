/** `report`: what ingest read, kept and dropped, and what the split leaks, as the lock file's run found it. */
import { type Leak, leakLines } from "../data/split/leak.ts";
import { splitFormat } from "../data/split.ts";
import { LockFile } from "../engine/lockfile.ts";
import type { Workspace } from "../engine/workspace.ts";
import { UsageError } from "../errors.ts";
import { reportFormat } from "../data/report.ts";
import { reportTable } from "../data/report_table.ts";
import type { Command } from "./command.ts";

/**
 * Prints the ingest report as a table, and what each split leaks; with `--json` all of it, with its
 * examples. Throws `UsageError` where nothing was ingested yet, or the store does not hold it.
 */
export const command: Command = async ({ io, options, workspace }) => {
  const lock = await LockFile.open(workspace.lockPath);
  const output = lock.stages.get("ingest")?.outputs.report;
  const path = output === undefined ? undefined : workspace.store.path(output);
  if (path === undefined || !await Deno.stat(path).then(() => true, () => false)) {
    throw new UsageError(
      "There is no ingest report in the store",
      "Run `deno task pipeline` first",
    );
  }
  const report = await reportFormat.read(path);
  const leaks = await leaksOf(lock, workspace);
  if (!options.json) {
    io.out(reportTable(report).join("\n"));
    for (const [stage, leak] of Object.entries(leaks)) {
      for (const line of leakLines(leak)) io.out(`${stage}: ${line}`);
    }
  }
  return { ...report, leaks };
};

/** What the leak guard found, by the name of the stage that split; without those that the store lost. */
async function leaksOf(lock: LockFile, { store }: Workspace): Promise<Record<string, Leak>> {
  const leaks: Record<string, Leak> = {};
  for (const [stage, { outputs: { summary } }] of lock.stages) {
    if (!/^split(@\d+)?$/.test(stage) || summary === undefined || !await store.has(summary)) {
      continue;
    }
    try {
      leaks[stage] = (await splitFormat.read(store.path(summary))).leak;
    } catch (error) {
      // A lock file of an earlier version: its split says nothing of leaks.
      if (!(error instanceof SyntaxError)) throw error;
    }
  }
  return leaks;
}
