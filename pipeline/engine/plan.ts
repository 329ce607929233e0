/** What a run would do, and why. */
import type { Parts } from "./fingerprint.ts";
import type { Graph } from "./graph.ts";
import { changedParts, type LockEntry, LockFile } from "./lockfile.ts";
import { ABSENT, keyOf, prepare, source } from "./parts.ts";
import { changes, type Reason, reasonsFor, withFiles } from "./reasons.ts";
import { selection } from "./selection.ts";
import type { KeyEntry, Store } from "./store.ts";
import type { Workspace } from "./workspace.ts";

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

/** What of a run to plan: as the options of `run`. */
export interface PlanOptions {
  readonly only?: string | undefined;
  readonly force?: boolean;
}

/** Plans a run; writes nothing but the stat cache. Throws `UsageError` where `only` is no stage. */
export async function plan(
  graph: Graph,
  workspace: Workspace,
  { only, force = false }: PlanOptions = {},
): Promise<StagePlan[]> {
  const lock = await LockFile.open(workspace.lockPath);
  const { stages, files } = await prepare(graph, workspace, selection(graph, only));
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
    const planned = force && (only ?? name) === name
      ? planForced(name, parts, waitsFor)
      : waitsFor.length > 0
      ? await planWaiting(name, parts, before, waitsFor, workspace.store)
      : await planReady(name, parts, before, workspace.store, known);
    plans.push({ ...planned, reasons: await withFiles(planned.reasons, graph, name, workspace) });
  }
  await workspace.stats.save();
  return plans;
}

function planForced(name: string, parts: Parts, waitsFor: readonly string[]): StagePlan {
  const key = waitsFor.length > 0 ? undefined : keyOf(name, parts);
  return { name, state: "run", key, reasons: [{ kind: "forced" }], waitsFor };
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
