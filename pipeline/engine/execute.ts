/** Runs one stage: into a fresh folder, checked, then committed to the store. */
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { asStageError, StageError } from "../errors.ts";
import { remove, statOf } from "./atomic.ts";
import type { Reporter } from "./effects.ts";
import type { Formats, Input, Output, Written } from "./stage.ts";
import type { Prepared } from "./parts.ts";
import type { KeyEntry, Store, Stored } from "./store.ts";

/** How long an aborted stage may take to close what it has open, before its folder is removed. */
const GRACE_MS = 1000;

export interface Execution {
  readonly stage: Prepared;
  readonly key: string;
  readonly inputs: Readonly<Record<string, Input<unknown>>>;
  readonly store: Store;
  readonly report: Reporter;
  readonly signal: AbortSignal;
  readonly threads: number;
  readonly memory?: number | undefined;
  readonly resources?: Readonly<Record<string, string>> | undefined;
  /** Names of parts that changed since the key was made. */
  readonly drift: () => Promise<readonly string[]>;
  /** Files of code that changed since this process loaded it. */
  readonly edited: () => Promise<readonly string[]>;
}

/**
 * Runs a stage and commits its outputs under its key.
 *
 * @throws {StageError} where the stage fails, or its code or an input changed meanwhile: then nothing
 * is stored. The signal's reason where it is aborted.
 */
export async function execute(execution: Execution): Promise<KeyEntry> {
  const { stage: { node: { name, stage } }, key, store } = execution;
  const stale = await execution.edited();
  if (stale.length > 0) {
    throw new StageError(
      name,
      `${stale.join(", ")} changed while this process started: ${name} was not run`,
      "Run again when nothing is being edited",
    );
  }
  const temporary = await store.temporary();
  try {
    const paths = await runStage(execution, temporary.out, temporary.scratch);
    const changed = await execution.drift();
    if (changed.length > 0) {
      throw new StageError(
        name,
        `${changed.map(subject).join(", ")} changed while ${name} ran: nothing was stored`,
        "Run again when nothing is being edited",
      );
    }
    const outputs: Record<string, Stored> = {};
    for (const [output, path] of paths) {
      const extension = stage.outputs[output]?.extension ?? "";
      outputs[output] = await store.measure(path, extension);
    }
    for (const [output, stored] of Object.entries(outputs)) {
      await store.commit(paths.get(output) ?? "", stored);
    }
    const committed = storedInputs(stage.outputs, outputs, store);
    const metrics = await stage.metrics?.(committed) ?? {};
    const entry: KeyEntry = { stage: name, outputs, metrics };
    const before = await store.find(key);
    for (const output of Object.keys(outputs)) {
      const [old, now] = [before?.outputs[output]?.digest, outputs[output]?.digest];
      const expected = stage.unseen?.(execution.stage.params) !== undefined;
      if (old !== undefined && old !== now && !expected) {
        execution.report.log(`${output} is not the same as an earlier run with the same key made`);
      }
    }
    await store.record(key, entry);
    return entry;
  } finally {
    // An aborted stage may still be writing: the next run sweeps what is left.
    await remove(temporary.dir).catch(() => {});
  }
}

/** A part as people call it: a file by its path. */
function subject(part: string): string {
  return part.replace(/^(?:code|asset):/, "").replace(":", " ");
}

/** Committed outputs as inputs of others. */
export function storedInputs(
  formats: Formats,
  outputs: Readonly<Record<string, Stored>>,
  store: Store,
): Record<string, Input<unknown>> {
  const inputs: Record<string, Input<unknown>> = {};
  for (const [name, output] of Object.entries(outputs)) {
    const path = store.path(output);
    const read = async () => await formats[name]?.read(path);
    inputs[name] = { path, digest: output.digest, read };
  }
  return inputs;
}

/**
 * Runs a stage and checks that it wrote what it said.
 *
 * @returns where each output lies in the folder `out`.
 */
export async function runStage(
  {
    stage: { node: { name: instance, stage }, params },
    inputs,
    report,
    signal,
    threads,
    memory,
    resources,
  }: Pick<
    Execution,
    "stage" | "inputs" | "report" | "signal" | "threads" | "memory" | "resources"
  >,
  out: string,
  scratch: string,
): Promise<ReadonlyMap<string, string>> {
  const paths = new Map<string, string>();
  const outputs: Record<string, Output<unknown>> = {};
  const proofs = new Map<unknown, string>();
  for (const [name, format] of Object.entries(stage.outputs)) {
    const path = join(out, name + format.extension.replace("/", ""));
    paths.set(name, path);
    const done = (): Written<unknown> => {
      const proof = {} as Written<unknown>;
      proofs.set(proof, name);
      return proof;
    };
    const write = async (value: unknown) => {
      await format.write(path, value);
      return done();
    };
    outputs[name] = { path, write, done };
  }
  let written: Readonly<Record<string, unknown>>;
  try {
    signal.throwIfAborted();
    written = await abortable(
      stage.run({ params, inputs, outputs, report, signal, threads, memory, resources, scratch }),
      signal,
      GRACE_MS,
    );
    for (const [name, path] of paths) {
      const found = await statOf(path);
      if (proofs.get(written[name]) !== name || found === undefined) {
        throw new TypeError(`it said that output "${name}" is written, but nothing is at its path`);
      }
      if (found.isDirectory !== (stage.outputs[name]?.extension === "/")) {
        throw new TypeError(`output "${name}" must be a ${found.isDirectory ? "file" : "folder"}`);
      }
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw asStageError(instance, error);
  }
  return paths;
}

/**
 * Ends soon after the signal is aborted: the work has `graceMs` to notice and to clean up; what it
 * still does or throws after that is nobody's concern.
 */
export async function abortable<T>(
  work: Promise<T>,
  signal: AbortSignal,
  graceMs = 0,
): Promise<T> {
  // First of all: it may fail before anyone waits for it.
  const settled = work.then(() => {}, () => {});
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } catch (error) {
    if (signal.aborted) await settledWithin(settled, graceMs);
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

async function settledWithin(settled: Promise<void>, graceMs: number): Promise<void> {
  const enough = new AbortController();
  const grace = sleep(graceMs, undefined, { signal: enough.signal }).catch(() => {});
  await Promise.race([settled, grace]);
  enough.abort();
}
