/** What a run would do, and why. */
import { earlierParts, keptRun } from "./earlier.ts";
import type { Parts } from "./fingerprint.ts";
import type { Graph, StageNode } from "./graph.ts";
import { changedParts, type LockEntry, LockFile } from "./lockfile.ts";
import { ABSENT, keyOf, prepare, source } from "./parts.ts";
import { recall } from "./recall.ts";
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
  const { stages, files, earlier } = await prepare(graph, workspace, selection(graph, only));
  const known = new Map<string, KeyEntry>();
  const plans: StagePlan[] = [];
  for (const [name, { node, params, parts: own }] of stages) {
    const parts: Record<string, string> = { ...own };
    const waitsFor: string[] = [];
    for (const [input, ref] of Object.entries(node.inputs)) {
      const from = source(graph, ref);
      const digest = from === undefined
        ? ABSENT
        : from.kind === "files"
        ? files.get(from.name)?.digest
        : from.kind === "earlier"
        ? earlier.get(from.name)?.digest ?? ABSENT
        : known.get(from.name)?.outputs[ref.output]?.digest;
      if (digest === undefined) waitsFor.push(`${ref.node}.${ref.output}`);
      else parts[`input:${input}`] = digest;
    }
    const before = lock.stages.get(name);
    const published = earlierParts(node, graph);
    const planned = force && (only ?? name) === name
      ? planForced(node, parts, waitsFor)
      : waitsFor.length > 0
      ? await planWaiting({ node, params, parts, before, published }, waitsFor, workspace.store)
      : await planReady({ node, params, parts, before, published }, workspace.store, known);
    plans.push({ ...planned, reasons: await withFiles(planned.reasons, graph, name, workspace) });
  }
  await workspace.stats.save();
  return plans;
}

function planForced(
  { name, stage }: StageNode,
  parts: Parts,
  waitsFor: readonly string[],
): StagePlan {
  const key = waitsFor.length > 0 ? undefined : keyOf(stage, parts);
  return { name, state: "run", key, reasons: [{ kind: "forced" }], waitsFor };
}

/** What a stage's plan is made from. */
interface Known {
  readonly node: StageNode;
  /** Parsed. */
  readonly params: unknown;
  /** As far as they are known. */
  readonly parts: Parts;
  readonly before: LockEntry | undefined;
  /** The parts that are inputs from earlier runs. */
  readonly published: readonly string[];
}

async function planReady(
  { node: { name, stage }, params, parts, before, published }: Known,
  store: Store,
  known: Map<string, KeyEntry>,
): Promise<StagePlan> {
  const kept = keptRun(parts, before, published);
  const { key, entry, missing } = await recall(stage, parts, kept, store);
  const unseen = stage.unseen?.(params);
  if (entry !== undefined && missing?.length === 0 && unseen !== undefined) {
    return { name, state: "run", key, reasons: [{ kind: "unseen", text: unseen }], waitsFor: [] };
  }
  if (entry !== undefined && missing?.length === 0) {
    known.set(name, entry);
    const reasons: readonly Reason[] = before === undefined
      ? []
      : before.key === key
      ? changedParts(before.parts, parts)
        .map((part) => ({ kind: "kept", part, before: before.parts[part], after: parts[part] }))
      : reasonsFor(parts, before, undefined);
    return { name, state: "cached", key, reasons, waitsFor: [] };
  }
  return { name, state: "run", key, reasons: reasonsFor(parts, before, missing), waitsFor: [] };
}

/** Some inputs are still to be made: what is known may be reason enough to run. */
async function planWaiting(
  { node: { name }, parts, before, published }: Known,
  waitsFor: readonly string[],
  store: Store,
): Promise<StagePlan> {
  const result = { name, key: undefined, waitsFor };
  if (before === undefined) return { ...result, state: "run", reasons: [{ kind: "never" }] };
  const changed = changedParts(before.parts, parts)
    .filter((part) => !(part.startsWith("input:") && parts[part] === undefined));
  const reasons = changes(before.parts, parts, changed);
  if (changed.some((part) => !published.includes(part))) {
    return { ...result, state: "run", reasons };
  }
  const entry = await store.find(before.key);
  const missing = entry === undefined ? Object.keys(before.outputs) : await store.missing(entry);
  return missing.length > 0
    ? { ...result, state: "run", reasons: [{ kind: "missing", outputs: missing }] }
    : { ...result, state: "waits", reasons: [] };
}
