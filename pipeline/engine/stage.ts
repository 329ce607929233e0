import type { z } from "zod";
import type { Reporter } from "./effects.ts";

/**
 * How one value lies on disk. Name and version are part of the key of every stage that reads or
 * writes it: raise `version` when the bytes change meaning, and what depends on them runs again.
 */
export interface Format<T> {
  readonly name: string;
  readonly version: number;
  /** File name suffix with its dot (".parquet"), or "/" for a folder. */
  readonly extension: string;
  /** Writes `value` to `path`, which does not exist yet; its parent folder does. */
  write(path: string, value: T): Promise<void>;
  read(path: string): Promise<T>;
}

export type Formats = Readonly<Record<string, Format<unknown>>>;

/** The TypeScript type of the values that a format holds. */
export type ValueOf<F> = F extends Format<infer T> ? T : never;

/** One input as a stage sees it: committed, complete, its digest known. */
export interface Input<T> {
  /** Absolute path of the file or folder; "" for an input that is absent. */
  readonly path: string;
  readonly digest: string;
  read(): Promise<T>;
}

declare const brand: unique symbol;

/** Proof that an output was written: a stage cannot return without one for each output. */
export interface Written<T> {
  readonly [brand]: T;
}

/** One output: write a value through its format, or write `path` yourself and say `done`. */
export interface Output<T> {
  /** Absolute path inside the run's temporary folder; nothing is there yet. */
  readonly path: string;
  write(value: T): Promise<Written<T>>;
  done(): Written<T>;
}

/** What a stage's `run` is given. */
export interface StageContext<P, I extends Formats, O extends Formats> {
  readonly params: P;
  readonly inputs: { readonly [K in keyof I]: Input<ValueOf<I[K]>> };
  readonly outputs: { readonly [K in keyof O]: Output<ValueOf<O[K]>> };
  readonly report: Reporter;
  /** Aborted on Ctrl-C: long loops check it between steps and throw `signal.reason`. */
  readonly signal: AbortSignal;
  /** Worker threads the stage may use. Never changes a byte of the outputs. */
  readonly threads: number;
  /**
   * Bytes of memory that the stage may take: one that knows it needs more refuses before it begins.
   * Left out: what the machine has to give. Never changes a byte of the outputs.
   */
  readonly memory?: number | undefined;
  /**
   * Properties of what computes for the stage elsewhere, a cluster: by name. Never change a byte of the
   * outputs.
   */
  readonly resources?: Readonly<Record<string, string>> | undefined;
  /** A folder of the run's own for temporary files; removed afterwards. */
  readonly scratch: string;
}

/** One step of a pipeline. `P`: parsed params; `I`, `O`: formats of the inputs and outputs by name. */
export interface Stage<P, I extends Formats, O extends Formats> {
  readonly name: string;
  /** `import.meta.url` of the module that declares the stage: the root of its code digest. */
  readonly module: string;
  /** The code of `module`, where that is no module file: a notebook's cells. */
  readonly source?: string;
  /** The folder whose deno.json and deno.lock say what the code imports; left out: the project's. */
  readonly packages?: URL;
  /** What the stage does, in half a sentence, for `explain` and `dag`. */
  readonly summary: string;
  readonly params: z.ZodType<P>;
  readonly inputs: I;
  readonly outputs: O;
  /** Files that imports do not reveal: `.wasm`, kernel sources, SQL, Python. */
  readonly assets?: readonly URL[];
  /** Facts of the machine that can change the outputs, such as the tensor backend: name to value. */
  readonly runtime?: (params: P) => Promise<Readonly<Record<string, string>>>;
  /**
   * What no key part shows of what the outputs are made of, in half a sentence: the stage then runs in
   * every run, whatever the store has; once for all runs of one workspace. `undefined`, as where it is
   * left out: the key says all.
   */
  readonly unseen?: (params: P) => string | undefined;
  /**
   * What is promised where a second run on the same machine may give other bytes, for `verify` to say;
   * `undefined`, as where it is left out: the same bytes.
   */
  readonly tolerance?: (params: P) => string | undefined;
  /** Numbers of the finished run that the lock file shows: name to value. */
  readonly metrics?: (
    outputs: { readonly [K in keyof O]: Input<ValueOf<O[K]>> },
  ) => Promise<Readonly<Record<string, number>>>;
  readonly run: (
    context: StageContext<P, I, O>,
  ) => Promise<{ readonly [K in keyof O]: Written<ValueOf<O[K]>> }>;
}

/** Declares a stage; the types of params, inputs and outputs are inferred and checked. */
export function defineStage<P, I extends Formats, O extends Formats>(
  stage: Stage<P, I, O>,
): Stage<P, I, O> {
  return stage;
}
