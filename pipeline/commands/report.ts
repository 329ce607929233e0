/** `report`: what ingest read, kept and dropped, as the lock file's run found it. */
import { LockFile } from "../engine/lockfile.ts";
import { UsageError } from "../errors.ts";
import { reportFormat } from "../data/report.ts";
import { reportTable } from "../data/report_table.ts";
import type { Command } from "./command.ts";

/**
 * Prints the ingest report as a table; with `--json` all of it, with its examples. Throws `UsageError`
 * where nothing was ingested yet, or the store does not hold it.
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
  if (!options.json) io.out(reportTable(report).join("\n"));
  return report;
};
