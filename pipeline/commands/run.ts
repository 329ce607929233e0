/** `run`: brings everything up to date, then shows what came out. */
import { plan } from "../engine/plan.ts";
import { run } from "../engine/run.ts";
import { selection } from "../engine/selection.ts";
import type { Command } from "./command.ts";
import { planJson, planText } from "./plans.ts";
import { createProgress, jsonLines } from "./progress.ts";
import { runOptions } from "./run_options.ts";
import { readResults, summary } from "./summary.ts";

/** Runs (with `--dry-run`: plans), then prints the summary; stages, metrics, baselines and the model's place. Throws as `run`. */
export const command: Command = async (invocation) => {
  const { io, options, config, graph, workspace } = invocation;
  if (options.dryRun) {
    const plans = await plan(graph, workspace, options);
    if (!options.json) io.out(planText(plans));
    return planJson(plans);
  }
  const ahead = selection(graph, options.only);
  const stages = [...graph.nodes.values()]
    .filter(({ kind, name }) => kind === "stage" && ahead.has(name)).map(({ name }) => name);
  using progress = options.progress === "json" ? jsonLines(io, stages) : await createProgress(io);
  const result = await run(graph, workspace, {
    ...runOptions(invocation, progress),
    only: options.only,
    force: options.force,
  });
  const results = await readResults(result);
  if (!options.json && results !== undefined) io.out(summary(results, config));
  return {
    stages: result.stages.map(({ name, key, cached, seconds }) => ({ name, key, cached, seconds })),
    metrics: results?.metrics ?? {},
    baselines: results?.baselines ?? {},
    leak: results?.parts.split?.leak ?? null,
    rolling: results?.parts.rolling ?? null,
    export: config.export.dir,
  };
};
