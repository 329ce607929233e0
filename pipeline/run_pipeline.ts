/** Runs the pipeline from a program, as the command line does: a notebook that tries another alpha. */
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Observer, unobserved } from "./engine/effects.ts";
import type { Format } from "./engine/stage.ts";

/** What to run, and where it is kept. Relative paths count from the project root. */
export interface PipelineOptions {
  /** The config file; left out: `pipeline.json`. */
  readonly config?: string;
  /** Values put over the config, by key: `{ "train.alpha": 10 }`. */
  readonly set?: Readonly<Record<string, unknown>>;
  /** The folder of the store, where other runs' results are found; left out: `.pipeline`. */
  readonly store?: string;
  /** Run this stage and what it needs, nothing after it. */
  readonly only?: string;
  /**
   * Whether the lock file beside the config and what the config publishes (the model, the sample's
   * CSV) are brought up to date too. Left out: both stay as they are, and the lock file of this run
   * lies in the store, so that its results are kept until the next such run.
   */
  readonly publish?: boolean;
  /** Left out: as many as the machine has. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
  /** What is told of the stages; left out: nothing. */
  readonly observer?: Observer;
}

/** What a run brought up to date. */
export interface PipelineRun {
  /** In the order in which they ran. Equal keys: the same result. */
  readonly stages: readonly {
    readonly name: string;
    readonly key: string;
    readonly cached: boolean;
  }[];
  /** Path of an artifact, named "stage.output". Throws `RangeError` where the run has none of that name. */
  path(artifact: string): string;
  /** Reads an artifact. Throws as `path`, and as the format's `read`. */
  read<T>(artifact: string, format: Format<T>): Promise<T>;
}

const ROOT = fileURLToPath(new URL("../", import.meta.url));

/**
 * Brings the pipeline up to date: what the store knows is taken from there, the rest runs.
 *
 * Throws `UsageError` where the config or a key does not fit or `only` is no stage, `StageError` where
 * a stage fails, and the signal's reason once it is aborted.
 */
export async function runPipeline(options: PipelineOptions = {}): Promise<PipelineRun> {
  // Whoever only asks a model for recommendations loads neither DuckDB nor the stages.
  const { sparkProperties } = await import("./config/spark.ts");
  const { loadConfig } = await import("./commands/load_config.ts");
  const { buildPipeline } = await import("./pipeline.ts");
  const { run } = await import("./engine/run.ts");
  const { openWorkspace } = await import("./engine/workspace.ts");
  const { config: name = "pipeline.json", publish = false } = options;
  const path = resolve(ROOT, name);
  const store = resolve(ROOT, options.store ?? ".pipeline");
  const sets = Object.entries(options.set ?? {})
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const config = await loadConfig(path, sets, name);
  const graph = buildPipeline(config);
  if (!publish) graph.publications.length = 0;
  const lock = path.replace(/\.json$/, "") + ".lock.json";
  const workspace = await openWorkspace({
    root: ROOT,
    store,
    lock: publish ? lock : join(store, `program.${basename(lock)}`),
  });
  const result = await run(graph, workspace, {
    only: options.only,
    force: false,
    wait: true,
    threads: options.threads ?? config.train.threads ?? navigator.hardwareConcurrency,
    memory: config.train.memory,
    resources: sparkProperties(config.train.spark),
    signal: options.signal ?? new AbortController().signal,
    observer: options.observer ?? unobserved,
    loadedAt: performance.timeOrigin,
  });
  const artifact = (name: string) => {
    const [stage = "", output = ""] = name.split(".");
    const found = result.output(stage, output);
    if (found !== undefined) return found;
    throw new RangeError(
      `The run has no artifact "${name}": its stages are ` +
        `${result.stages.map(({ name }) => name).join(", ")}; write "stage.output"`,
    );
  };
  return {
    stages: result.stages.map(({ name, key, cached }) => ({ name, key, cached })),
    path: (name) => artifact(name).path,
    read: (name, format) => format.read(artifact(name).path),
  };
}
