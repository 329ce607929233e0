/** What a run would do, and why. */
import type { Parts } from "./fingerprint.ts";
import type { Graph } from "./graph.ts";
import { changedParts, type LockEntry, LockFile } from "./lockfile.ts";
import { ABSENT, keyOf, prepare, source } from "./parts.ts";
import type { KeyEntry, Store } from "./store.ts";
import type { Workspace } from "./workspace.ts";

/** One reason why a stage runs. */
export type Reason =
  | { readonly kind: "never" }
  | { readonly kind: "forced" }
  | { readonly kind: "missing"; readonly outputs: readonly string[] }
  | {
    readonly kind: "changed";
    readonly part: string;
    readonly before: string | undefined;
    readonly after: string | undefined;
    /** The files behind an input. */
    readonly files?: readonly string[];
  };

/**
 * One stage's plan. `cached`: its result is in the store; `run`: it would run; `waits`: it would run
 * only if one of `waitsFor` ("stage.output") comes out other than before.
 */
export interface StagePlan {
  readonly name: string;
  readonly state: "cached" | "run" | "waits";
  readonly key: string | undefined;
  /** For `cached`: in what it differs from the lock file's run. */
  readonly reasons: readonly Reason[];
  readonly waitsFor: readonly string[];
}

/** Plans a run of the whole graph; writes nothing but the stat cache. */
export async function plan(graph: Graph, workspace: Workspace): Promise<StagePlan[]> {
  const lock = await LockFile.open(workspace.lockPath);
  const { stages, files } = await prepare(graph, workspace, new Set(graph.nodes.keys()));
  const known = new Map<string, KeyEntry>();
  const plans: StagePlan[] = [];
  for (const [name, { node, parts: own }] of stages) {
    const parts: Record<string, string> = { ...own };
    const waitsFor: string[] = [];
    for (const [input, ref] of Object.entries(node.inputs)) {
      const from = source(graph, ref);
      const digest = from === undefined
        ? ABSENT
        : from.kind === "files"
        ? files.get(from.name)?.digest
        : known.get(from.name)?.outputs[ref.output]?.digest;
      if (digest === undefined) waitsFor.push(`${ref.node}.${ref.output}`);
      else parts[`input:${input}`] = digest;
    }
    const before = lock.stages.get(name);
    const planned = waitsFor.length > 0
      ? await planWaiting(name, parts, before, waitsFor, workspace.store)
      : await planReady(name, parts, before, workspace.store, known);
    plans.push({ ...planned, reasons: withFiles(planned.reasons, graph, name) });
  }
  await workspace.stats.save();
  return plans;
}

/** The reasons why a stage with these parts is not in the store. */
export function reasonsFor(
  parts: Parts,
  before: LockEntry | undefined,
  missing: readonly string[] | undefined,
): Reason[] {
  if (missing !== undefined && missing.length > 0) return [{ kind: "missing", outputs: missing }];
  if (before === undefined) return [{ kind: "never" }];
  const changed = changes(before.parts, parts, changedParts(before.parts, parts));
  // The lock file's very run, but its store is not here: a new clone, or the store was removed.
  return changed.length > 0 ? changed : [{ kind: "missing", outputs: Object.keys(before.outputs) }];
}

/** Adds to each changed input which files it is made of. */
export function withFiles(reasons: readonly Reason[], graph: Graph, stage: string): Reason[] {
  const node = graph.nodes.get(stage);
  return reasons.map((reason) => {
    if (reason.kind !== "changed" || !reason.part.startsWith("input:")) return reason;
    const ref = node?.kind === "stage" ? node.inputs[reason.part.slice(6)] : undefined;
    const from = ref === undefined ? undefined : source(graph, ref);
    return from?.kind === "files" ? { ...reason, files: from.patterns } : reason;
  });
}

async function planReady(
  name: string,
  parts: Parts,
  before: LockEntry | undefined,
  store: Store,
  known: Map<string, KeyEntry>,
): Promise<StagePlan> {
  const key = keyOf(name, parts);
  const entry = await store.find(key);
  const missing = entry === undefined ? undefined : await store.missing(entry);
  if (entry !== undefined && missing?.length === 0) {
    known.set(name, entry);
    const reasons = before === undefined || before.key === key
      ? []
      : reasonsFor(parts, before, undefined);
    return { name, state: "cached", key, reasons, waitsFor: [] };
  }
  return { name, state: "run", key, reasons: reasonsFor(parts, before, missing), waitsFor: [] };
}

/** Some inputs are still to be made: what is known may be reason enough to run. */
async function planWaiting(
  name: string,
  parts: Parts,
  before: LockEntry | undefined,
  waitsFor: readonly string[],
  store: Store,
): Promise<StagePlan> {
  const result = { name, key: undefined, waitsFor };
  if (before === undefined) return { ...result, state: "run", reasons: [{ kind: "never" }] };
  const changed = changedParts(before.parts, parts)
    .filter((part) => !(part.startsWith("input:") && parts[part] === undefined));
  const reasons = changes(before.parts, parts, changed);
  if (reasons.length > 0) return { ...result, state: "run", reasons };
  const entry = await store.find(before.key);
  const missing = entry === undefined ? Object.keys(before.outputs) : await store.missing(entry);
  return missing.length > 0
    ? { ...result, state: "run", reasons: [{ kind: "missing", outputs: missing }] }
    : { ...result, state: "waits", reasons: [] };
}

function changes(before: Parts, after: Parts, names: readonly string[]): Reason[] {
  return names.map((part) => ({
    kind: "changed",
    part,
    before: before[part],
    after: after[part],
  }));
}
