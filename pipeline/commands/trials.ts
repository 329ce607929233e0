/** Trials as runs of the engine: cached by content, resumed after any end, shared by all who share a store. */
import { join } from "node:path";
import type { Observer, Reporter } from "../engine/effects.ts";
import { silent } from "../engine/effects.ts";
import { textDigest } from "../engine/digest.ts";
import type { Graph } from "../engine/graph.ts";
import { LockFile } from "../engine/lockfile.ts";
import { run, type RunOptions } from "../engine/run.ts";
import { partOf } from "../engine/selection.ts";
import type { Workspace } from "../engine/workspace.ts";
import { StageError } from "../errors.ts";
import { addTrials, type Trial } from "../pipeline.ts";
import type { Judged } from "../tune/tunable.ts";

/** The lock file of a search: it lies in the store, so that no trial stands in the project's own. */
export async function searchPlace(workspace: Workspace, what: string): Promise<Workspace> {
  const folder = join(workspace.store.dir, "tune");
  await Deno.mkdir(folder, { recursive: true });
  const config = textDigest(workspace.lockPath).slice(0, 12);
  return { ...workspace, lockPath: join(folder, `${config}-${what}.lock.json`) };
}

/** A name by content, so that equal trials are one. */
export function trialName(trial: Trial): string {
  return `trial-${textDigest(JSON.stringify(trial)).slice(0, 16)}`;
}

/** The search's runs: of the graph up to the split, and the trials that were asked for. */
export class Trials {
  /** By name; of trials that could not be judged why. */
  readonly failed = new Map<string, string>();
  readonly judged = new Map<string, Judged>();
  readonly #asked = new Map<string, Trial>();
  readonly #graph: Graph;
  readonly #parts: string;
  readonly #workspace: Workspace;
  readonly #options: RunOptions;

  /** `parts` is the stage of `graph` that splits; `options.observer` hears of all but the trials. */
  constructor(graph: Graph, parts: string, workspace: Workspace, options: RunOptions) {
    this.#graph = graph;
    this.#parts = parts;
    this.#workspace = workspace;
    this.#options = options;
  }

  /**
   * Judges trials in this order, until `signal` is aborted. `onEnd` is called for each one that is
   * new here. One that fails is noted in `failed`, and the others go on. Throws as `run` does where
   * it is not a trial that fails.
   */
  async judge(
    trials: readonly Trial[],
    onEnd: (judged: Judged | undefined, cached: boolean) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const trial of trials) this.#asked.set(trialName(trial), trial);
    const signals = [this.#options.signal, ...(signal === undefined ? [] : [signal])];
    for (;;) {
      // All that were asked for: what the lock file does not name would be garbage.
      const graph = partOf(this.#graph, this.#parts);
      const left = [...this.#asked].filter(([name]) => !this.failed.has(name));
      addTrials(graph, new Map(left), this.#parts);
      let current = "";
      const observer: Observer = {
        log: (line) => this.#options.observer.log(line),
        start: (stage, summary, why): Reporter => {
          current = stage;
          return this.#asked.has(stage)
            ? silent
            : this.#options.observer.start(stage, summary, why);
        },
        end: (stage, outcome) => {
          if (!this.#asked.has(stage)) {
            if (!outcome.cached) this.#options.observer.end(stage, outcome);
            return;
          }
          if (this.judged.has(stage)) return;
          const { figure = NaN, sweeps = 1, users = 0 } = outcome.metrics ?? {};
          const judged = { figure, sweeps, users };
          this.judged.set(stage, judged);
          onEnd(judged, outcome.cached);
        },
      };
      try {
        await run(graph, this.#workspace, {
          ...this.#options,
          observer,
          signal: AbortSignal.any(signals),
        });
        return;
      } catch (error) {
        if (signal?.aborted && !this.#options.signal.aborted) return;
        // Only what a stage itself finds wrong with its params is a trial's own failure.
        const own = error instanceof StageError && error.cause instanceof RangeError;
        if (!own || !this.#asked.has(current)) throw error;
        this.failed.set(current, error.message);
        onEnd(undefined, false);
      }
    }
  }

  /** Where an output of a trial that was judged lies. */
  async output(name: string, output: string): Promise<string | undefined> {
    const { stages } = await LockFile.open(this.#workspace.lockPath);
    const stored = stages.get(name)?.outputs[output];
    return stored && this.#workspace.store.path(stored);
  }
}
