/** What would come out if the config said something else. */
import { type PipelineRun, runPipeline } from "../../pipeline/mod.ts";
import { configPath } from "./artifacts.ts";

/**
 * Runs the pipeline up to the stage `upTo` with other values, `{ "train.alpha": 10 }`, into the store of
 * all runs: what they don't touch is taken from there, and so is a trial that was made before. The
 * model that is served and the lock file stay as they are. Throws as `runPipeline`.
 */
export function runWith(
  values: Readonly<Record<string, unknown>>,
  upTo: string,
): Promise<PipelineRun> {
  return runPipeline({ config: configPath(), set: values, only: upTo });
}
