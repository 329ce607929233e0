/** `run`: brings everything up to date, then shows what came out. */
import { run } from "../engine/run.ts";
import type { Command } from "./command.ts";
import { createProgress } from "./progress.ts";
import { readResults, summary } from "./summary.ts";

/** Runs, then prints the summary; stages, metrics, baselines and the model's place. Throws as `run`. */
export const command: Command = async ({ io, options, config, graph, workspace }) => {
  using progress = await createProgress(io);
  const result = await run(graph, workspace, {
    only: options.only,
    force: options.force,
    wait: options.wait,
    threads: config.train.threads ?? navigator.hardwareConcurrency,
    signal: io.signal,
    observer: progress,
  });
  const results = await readResults(result);
  if (!options.json && results !== undefined) io.out(summary(results, config));
  return {
    stages: result.stages.map(({ name, key, cached, seconds }) => ({ name, key, cached, seconds })),
    metrics: results?.metrics ?? {},
    baselines: results?.baselines ?? {},
    export: config.export.dir,
  };
};
