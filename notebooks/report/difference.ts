/** Two runs beside each other: which key parts differ, and what became of the figures. */
import { reasonLine } from "../../pipeline/engine/explain.ts";
import { changedParts, type LockEntry } from "../../pipeline/engine/lockfile.ts";
import { changes as reasons } from "../../pipeline/engine/reasons.ts";
import type { Store } from "../../pipeline/engine/store.ts";
import { CheckError } from "../../pipeline/errors.ts";
import { type Changes, changes } from "../../pipeline/metrics/gate.ts";
import { checkComparable, isStored, readState, recordOf } from "../../pipeline/revisions/record.ts";
import type { Evaluation } from "../../pipeline/mod.ts";
import type { Before } from "./before.ts";

export interface StageDifference {
  readonly stage: string;
  /** outputs: another result. key: another key, but the same outputs. */
  readonly kind: "same" | "key" | "outputs" | "new" | "gone";
  /** Changed key parts, a line each: params first, then inputs, code last. */
  readonly lines: readonly string[];
}

export interface Difference {
  /** What the run is compared with. */
  readonly name: string;
  readonly stages: readonly StageDifference[];
  /** By user, where the store has the values of both; else why not. */
  readonly metrics: Changes | undefined;
  readonly why: string;
  /** The trained model's figures as the lock files have them, where `metrics` is not there. */
  readonly figures: readonly {
    readonly metric: string;
    readonly old: number;
    readonly new: number;
  }[];
}

type Stages = ReadonlyMap<string, LockEntry>;

/** Compares a run with one before it. */
export async function differenceFrom(
  before: Before,
  now: Stages,
  { level, resamples, seed }: Evaluation["significance"],
  store: Store,
): Promise<Difference> {
  const base = { name: before.name, stages: stageDifferences(before.stages, now) };
  const [old, current] = [recordOf(before.stages), recordOf(now)];
  const without = (why: string) => ({
    ...base,
    metrics: undefined,
    why,
    figures: figuresOf(before.stages, now),
  });
  if (old === undefined || current === undefined) {
    return without("That run measured no values by user.");
  }
  try {
    checkComparable(old, current, before.name);
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    return without(`Not comparable: ${error.message}. A difference would not be the model's.`);
  }
  if (!await isStored(old, store)) {
    return without(
      "The store no longer has that run's values by user, so nothing is said of how sure a difference is.",
    );
  }
  const metrics = changes(await readState(old, store), await readState(current, store), {
    ...{ level, resamples, seed },
  });
  return { ...base, metrics, why: "", figures: [] };
}

function stageDifferences(before: Stages, now: Stages): StageDifference[] {
  const names = [...now.keys(), ...[...before.keys()].filter((name) => !now.has(name))];
  return names.map((stage) => {
    const [old, current] = [before.get(stage), now.get(stage)];
    if (old === undefined) return { stage, kind: "new", lines: [] };
    if (current === undefined) return { stage, kind: "gone", lines: [] };
    const names = changedParts(old.parts, current.parts).sort((a, b) => rankOf(a) - rankOf(b));
    const lines = reasons(old.parts, current.parts, names).map(reasonLine);
    const kind = digests(old) !== digests(current) ? "outputs" : lines.length > 0 ? "key" : "same";
    return { stage, kind, lines };
  });
}

/** What people change first, what follows from it last. */
const ORDER = ["param", "input", "runtime", "deno", "npm", "format", "code", "asset"];

function rankOf(part: string): number {
  return ORDER.indexOf(part.split(":")[0] ?? "");
}

function digests({ outputs }: LockEntry): string {
  return Object.entries(outputs).map(([name, { digest }]) => `${name} ${digest}`).sort().join();
}

/** Figures of the trained model alone: those of baselines have a name before a slash. */
function figuresOf(before: Stages, now: Stages): Difference["figures"] {
  const [old, current] = [before.get("evaluate")?.metrics, now.get("evaluate")?.metrics];
  if (old === undefined || current === undefined) return [];
  return Object.keys(current)
    .filter((metric) => metric in old && metric.includes("@") && !metric.includes("/"))
    .map((metric) => ({ metric, old: old[metric]!, new: current[metric]! }));
}
