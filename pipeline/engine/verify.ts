/** Whether the store still holds what the lock file names, and whether stages make it again. */
import { join } from "node:path";
import { remove, statOf } from "./atomic.ts";
import { treeDigest } from "./digest.ts";
import type { FoundEarlier } from "./earlier.ts";
import type { Observer } from "./effects.ts";
import { runStage } from "./execute.ts";
import type { Graph } from "./graph.ts";
import { type LockEntry, LockFile } from "./lockfile.ts";
import { ABSENT, keyOf, type Preparation, prepare, type Prepared, source } from "./parts.ts";
import { type Reason, reasonsFor, withFiles } from "./reasons.ts";
import { selection } from "./selection.ts";
import type { Input } from "./stage.ts";
import { wiredInputs } from "./wiring.ts";
import type { Workspace } from "./workspace.ts";
import { acquireWriter } from "./writer.ts";

/** One object that the lock file names. */
export interface Checked {
  readonly stage: string;
  readonly output: string;
  readonly path: string;
  readonly state: "whole" | "missing" | "damaged";
}

/** Reads every object that the lock file names and compares it with its digest; writes nothing. */
export async function checkStore(
  { store, lockPath }: Workspace,
  signal: AbortSignal,
): Promise<Checked[]> {
  const checked: Checked[] = [];
  for (const [stage, { outputs }] of (await LockFile.open(lockPath)).stages) {
    for (const [output, stored] of Object.entries(outputs)) {
      signal.throwIfAborted();
      checked.push({ stage, output, path: store.path(stored), state: await store.check(stored) });
    }
  }
  return checked;
}

/** Removes damaged objects: the next run makes them anew. */
export async function removeDamaged(
  { store }: Workspace,
  checked: readonly Checked[],
  options: { wait: boolean; signal: AbortSignal; onWait: (line: string) => void },
): Promise<void> {
  using _writer = await acquireWriter(store.dir, options);
  for (const { path, state } of checked) if (state === "damaged") await remove(path);
}

/** What a stage made when it ran once more. */
export interface Repeated {
  readonly stage: string;
  /**
   * `same`: every output has the locked digest. `differs`: one has not. `tolerated`: the same, but the
   * stage promises no more than `tolerance`. `stale`: it was not run, since its `reasons` say that the
   * lock file is of other code, params or inputs. `unready`: inputs named in `missing` are not there.
   */
  readonly state: "same" | "differs" | "tolerated" | "stale" | "unready";
  readonly outputs: readonly {
    readonly name: string;
    readonly expected: string;
    readonly found: string;
  }[];
  readonly tolerance: string | null;
  readonly reasons: readonly Reason[];
  readonly missing: readonly string[];
}

export interface RepeatOptions {
  /** One stage; every stage where it is left out. */
  readonly only?: string | undefined;
  readonly threads: number;
  /** Bytes that a stage may take; left out: what the machine has to give. */
  readonly memory?: number | undefined;
  /** Properties of what computes for stages elsewhere. */
  readonly resources?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
  readonly observer: Observer;
}

/**
 * Runs stages again from their stored inputs in a temporary folder, and compares what comes out with
 * the lock file. Store and lock file stay as they are. Throws `StageError` where a stage fails, and
 * `UsageError` where `only` is no stage.
 */
export async function repeat(
  graph: Graph,
  workspace: Workspace,
  options: RepeatOptions,
): Promise<Repeated[]> {
  const lock = await LockFile.open(workspace.lockPath);
  const preparation = await prepare(graph, workspace, selection(graph, options.only));
  const repeated: Repeated[] = [];
  for (const [name, prepared] of preparation.stages) {
    if (options.only !== undefined && options.only !== name) continue;
    options.signal.throwIfAborted();
    repeated.push(await repeatStage(prepared, preparation, lock, graph, workspace, options));
  }
  return repeated;
}

async function repeatStage(
  prepared: Prepared,
  preparation: Preparation,
  lock: LockFile,
  graph: Graph,
  workspace: Workspace,
  options: RepeatOptions,
): Promise<Repeated> {
  const { node: { name, stage }, params } = prepared;
  const before = lock.stages.get(name);
  const earlier = await lockedEarlier(prepared, preparation, before, graph, workspace);
  const { inputs, missing } = await lockedInputs(
    prepared,
    { ...preparation, earlier },
    lock,
    graph,
    workspace,
  );
  const tolerance = stage.tolerance?.(params) ?? null;
  const result = { stage: name, outputs: [], tolerance, reasons: [], missing };
  const parts = { ...prepared.parts };
  for (const [input, { digest }] of Object.entries(inputs)) parts[`input:${input}`] = digest;
  if (before === undefined || missing.length === 0 && keyOf(stage, parts) !== before.key) {
    const reasons = await withFiles(reasonsFor(parts, before, undefined), graph, name, workspace);
    return { ...result, state: "stale", reasons };
  }
  if (missing.length > 0) return { ...result, state: "unready" };
  const found = await runAside(prepared, inputs, workspace, options);
  const outputs = compare(before, found);
  const state = outputs.every(({ expected, found }) => expected === found)
    ? "same"
    : tolerance === null
    ? "differs"
    : "tolerated";
  return { ...result, outputs, state };
}

function compare(before: LockEntry, found: ReadonlyMap<string, string>): Repeated["outputs"] {
  return [...found].map(([name, digest]) => ({
    name,
    expected: before.outputs[name]?.digest ?? "",
    found: digest,
  }));
}

/** Runs a stage in the system's temporary folder; digests of its outputs by name. */
async function runAside(
  prepared: Prepared,
  inputs: Readonly<Record<string, Input<unknown>>>,
  { store }: Workspace,
  { observer, signal, threads, memory, resources }: RepeatOptions,
): Promise<ReadonlyMap<string, string>> {
  const { node: { name, stage } } = prepared;
  const folder = await Deno.makeTempDir({ prefix: `verify-${name}-` });
  const started = performance.now();
  try {
    const [out, scratch] = [join(folder, "out"), join(folder, "scratch")];
    for (const each of [out, scratch]) await Deno.mkdir(each);
    const report = observer.start(name, stage.summary, ["verify"]);
    const paths = await runStage(
      { stage: prepared, inputs, report, signal, threads, memory, resources },
      out,
      scratch,
    );
    const digests = new Map<string, string>();
    for (const [output, path] of paths) {
      digests.set(output, (await store.measure(path, "")).digest);
    }
    observer.end(name, { cached: false, seconds: (performance.now() - started) / 1000 });
    return digests;
  } finally {
    // An aborted stage may still be writing.
    await remove(folder).catch(() => {});
  }
}

/** What earlier runs had published when the lock file's run began; it is in the store, or still there. */
async function lockedEarlier(
  { node: { inputs, stage } }: Prepared,
  preparation: Preparation,
  before: LockEntry | undefined,
  graph: Graph,
  { store }: Workspace,
): Promise<Preparation["earlier"]> {
  const found = new Map<string, FoundEarlier>();
  for (const [input, ref] of Object.entries(inputs)) {
    const node = source(graph, ref);
    const digest = before?.parts[`input:${input}`];
    if (node?.kind !== "earlier" || digest === undefined) continue;
    const now = preparation.earlier.get(node.name);
    const path = store.path({ digest, bytes: 0, extension: stage.inputs[input]?.extension ?? "" });
    if (digest === ABSENT) found.set(node.name, { path: "", digest: undefined });
    else if (now?.digest === digest) found.set(node.name, now);
    else if (await statOf(path) !== undefined && await treeDigest(path) === digest) {
      found.set(node.name, { path, digest });
    }
  }
  return found;
}

/** Inputs as the lock file's run had them; `missing` are those that are not in the store. */
async function lockedInputs(
  prepared: Prepared,
  preparation: Preparation,
  lock: LockFile,
  graph: Graph,
  { store }: Workspace,
): Promise<{ inputs: Record<string, Input<unknown>>; missing: string[] }> {
  const found = await wiredInputs(prepared, preparation, graph, store, async (stage, output) => {
    const stored = lock.stages.get(stage)?.outputs[output];
    return stored && await store.check(stored) === "whole" ? stored : undefined;
  });
  return { inputs: found.inputs, missing: found.missing.map(({ from }) => from) };
}
