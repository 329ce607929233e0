/** `gc`: frees what no lock file reaches. */
import { collect } from "../engine/gc.ts";
import type { Command } from "./command.ts";

/** Prints what it freed, or with `--dry-run` would free. Throws as `collect`. */
export const command: Command = async ({ io, options, workspace }) => {
  const { maxBytes, dryRun } = options;
  const { dropped, objects, freedBytes, keptBytes, locks } = await collect(workspace, {
    maxBytes,
    dryRun,
    wait: options.wait,
    signal: io.signal,
    onWait: (line) => io.err(line),
  });
  if (!options.json) {
    for (const { stage, key, used } of dropped) {
      io.out(`${stage} ${key.slice(0, 12)}, last used ${used}`);
    }
    io.out(
      `${dryRun ? "Would free" : "Freed"} ${megabytes(freedBytes)} in ${objects} objects; ` +
        `${megabytes(keptBytes)} stay`,
    );
    if (keptBytes > maxBytes) {
      io.err(`More than --max-bytes stays: ${locks.length} lock files reach it`);
    }
  }
  return { dryRun, freedBytes, keptBytes, objects, dropped };
};

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
