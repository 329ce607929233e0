/** Runs a graph: what is cached stays, the rest runs in topological order. */
import type { Observer } from "./effects.ts";
import { drift, editedSince } from "./drift.ts";
import { earlierParts, keptRun } from "./earlier.ts";
import { abortable, execute, storedInputs } from "./execute.ts";
import { reasonLine } from "./explain.ts";
import type { Graph } from "./graph.ts";
import { LockFile } from "./lockfile.ts";
import { recordFiles } from "./inputs.ts";
import { type Preparation, prepare, type Prepared } from "./parts.ts";
import { publish } from "./publish.ts";
import { recall } from "./recall.ts";
import { type Reason, reasonsFor, withFiles } from "./reasons.ts";
import { selection } from "./selection.ts";
import { addRoot } from "./roots.ts";
import type { Input } from "./stage.ts";
import type { KeyEntry } from "./store.ts";
import { wiredInputs } from "./wiring.ts";
import type { Workspace } from "./workspace.ts";
import { acquireWriter } from "./writer.ts";

export interface RunOptions {
  /** Run this stage and what it needs, nothing after it. */
  readonly only?: string | undefined;
  /** Run again what is cached: every stage, or the one of `only`. */
  readonly force: boolean;
  /** Whether to wait for another run on the same store, or throw `StoreBusyError`. */
  readonly wait: boolean;
  readonly threads: number;
  /** Bytes that a stage may take; left out: what the machine has to give. */
  readonly memory?: number | undefined;
  /** Properties of what computes for stages elsewhere. */
  readonly resources?: Readonly<Record<string, string>> | undefined;
  readonly signal: AbortSignal;
  readonly observer: Observer;
  /**
   * When this process began to load the stages' modules, in milliseconds since 1970: a stage whose
   * code was edited after it is refused. Left out: not checked.
   */
  readonly loadedAt?: number;
}

export interface StageResult {
  readonly name: string;
  readonly key: string;
  readonly cached: boolean;
  readonly seconds: number;
}

export interface RunResult {
  readonly stages: readonly StageResult[];
  /** A stage's output in the store; `undefined` where that stage was not part of the run. */
  output(stage: string, name: string): Input<unknown> | undefined;
}

/**
 * Brings every stage's outputs, the lock file and the published copies up to date.
 *
 * @throws {UsageError} `only` names no stage. {StageError} a stage failed; what was committed before
 * it stays. {StoreBusyError} another run holds the store. The signal's reason, once aborted.
 */
export async function run(
  graph: Graph,
  workspace: Workspace,
  options: RunOptions,
): Promise<RunResult> {
  const { observer, signal } = options;
  const names = selection(graph, options.only);
  await workspace.store.create();
  using _writer = await acquireWriter(workspace.store.dir, {
    wait: options.wait,
    signal,
    onWait: (line) => observer.log(line),
  });
  await workspace.store.sweep();
  await addRoot(workspace.store, workspace.lockPath);
  try {
    const lock = await LockFile.open(workspace.lockPath);
    // Digests of large inputs take their time: Ctrl-C does not wait for them.
    const preparation = await abortable(prepare(graph, workspace, names), signal);
    for (const found of preparation.files.values()) await recordFiles(found, workspace);
    const results: StageResult[] = [];
    const entries = new Map<string, KeyEntry>();
    for (const [name, prepared] of preparation.stages) {
      signal.throwIfAborted();
      const inputs = await inputsOf(prepared, preparation, entries, graph, workspace);
      const parts = { ...prepared.parts };
      for (const [input, { digest }] of Object.entries(inputs)) parts[`input:${input}`] = digest;
      const started = performance.now();
      const before = lock.stages.get(name);
      const { stage } = prepared.node;
      const forced = options.force && (options.only ?? name) === name;
      const kept = forced ? undefined : keptRun(parts, before, earlierParts(prepared.node, graph));
      const { missing, ...known } = await recall(stage, parts, kept, workspace.store);
      const { key } = known;
      let { entry } = known;
      const unseen = workspace.looked.has(key) ? undefined : stage.unseen?.(prepared.params);
      const whole = entry !== undefined && missing?.length === 0;
      const cached = whole && !forced && unseen === undefined;
      if (entry === undefined || !cached) {
        const why: Reason[] = forced
          ? [{ kind: "forced" }]
          : whole && unseen !== undefined
          ? [{ kind: "unseen", text: unseen }]
          : await withFiles(
            reasonsFor(parts, before, missing),
            graph,
            name,
            workspace,
          );
        entry = await execute({
          stage: prepared,
          key,
          inputs,
          store: workspace.store,
          report: observer.start(name, stage.summary, why.map(reasonLine)),
          signal,
          threads: options.threads,
          memory: options.memory,
          resources: options.resources,
          drift: () => drift(prepared, preparation, graph, workspace),
          edited: () => edited(prepared, workspace, options),
        });
        if (unseen !== undefined) workspace.looked.add(key);
      } else {
        await workspace.store.touch(key);
      }
      const { outputs, metrics } = entry;
      entries.set(name, entry);
      await lock.set(name, { key, parts: known.parts, outputs, metrics });
      const seconds = (performance.now() - started) / 1000;
      results.push({ name, key, cached, seconds });
      observer.end(name, { cached, seconds, metrics });
    }
    await lock.keep([...graph.nodes.keys()]);
    for (const { ref, path } of graph.publications) {
      const output = entries.get(ref.node ?? "")?.outputs[ref.output];
      if (output !== undefined) await publish(workspace, output, path);
    }
    return {
      stages: results,
      output(stage, name) {
        const [prepared, entry] = [preparation.stages.get(stage), entries.get(stage)];
        if (prepared === undefined || entry === undefined) return undefined;
        return storedInputs(prepared.node.stage.outputs, entry.outputs, workspace.store)[name];
      },
    };
  } finally {
    await workspace.stats.save();
  }
}

async function edited(
  prepared: Prepared,
  { root }: Workspace,
  { loadedAt }: RunOptions,
): Promise<readonly string[]> {
  return loadedAt === undefined ? [] : await editedSince(prepared, root, loadedAt);
}

/** What earlier stages of this run made, as inputs. */
async function inputsOf(
  prepared: Prepared,
  preparation: Preparation,
  entries: ReadonlyMap<string, KeyEntry>,
  graph: Graph,
  { store }: Workspace,
): Promise<Record<string, Input<unknown>>> {
  const outputOf = (stage: string, output: string) =>
    Promise.resolve(entries.get(stage)?.outputs[output]);
  const { inputs, missing: [lost] } = await wiredInputs(
    prepared,
    preparation,
    graph,
    store,
    outputOf,
  );
  if (lost !== undefined) {
    throw new TypeError(`Stage "${prepared.node.name}" has no input "${lost.name}": wire it`);
  }
  return inputs;
}
