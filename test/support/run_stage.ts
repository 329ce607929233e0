/** Runs one stage alone, without the engine: inputs by value or path, outputs in a temp folder. */
import { join } from "node:path";
import { type Reporter, silent } from "../../pipeline/engine/effects.ts";
import { filesFormat } from "../../pipeline/engine/formats.ts";
import type {
  Format,
  Formats,
  Input,
  Output,
  Stage,
  ValueOf,
  Written,
} from "../../pipeline/engine/stage.ts";

/** Inputs by value or by path; one that may be absent may be left out. */
export type Given<I extends Formats> =
  & { readonly [K in keyof I as Optional<I, K, never, K>]: ValueOf<I[K]> | string }
  & { readonly [K in keyof I as Optional<I, K, K, never>]?: ValueOf<I[K]> | string };

type Optional<I extends Formats, K extends keyof I, Yes, No> = undefined extends ValueOf<I[K]> ? Yes
  : No;

export interface RunOptions<P, I extends Formats> {
  readonly params: P;
  /** By name: a string is the path of a file to read, anything else the value itself. */
  readonly inputs: Given<I>;
  readonly threads?: number;
  readonly memory?: number;
  readonly report?: Reporter;
  readonly signal?: AbortSignal;
}

/** The outputs by name; `await using` removes them at the end of the scope. */
export type Outputs<O extends Formats> =
  & { readonly [K in keyof O]: Input<ValueOf<O[K]>> }
  & AsyncDisposable;

/**
 * Runs `stage` in a fresh temporary folder. Throws what the stage throws, and an `Error` where it
 * claims an output that it has not written.
 */
export async function runStage<P, I extends Formats, O extends Formats>(
  stage: Stage<P, I, O>,
  options: RunOptions<P, I>,
): Promise<Outputs<O>> {
  const folder = await Deno.makeTempDir({ prefix: `stage_${stage.name}_` });
  const remove = () => Deno.remove(folder, { recursive: true });
  try {
    for (const part of ["inputs", "outputs", "scratch"]) await Deno.mkdir(join(folder, part));
    const inputs: Record<string, Input<unknown>> = {};
    const given = new Map<string, unknown>(Object.entries(options.inputs));
    for (const [name, format] of Object.entries(stage.inputs)) {
      const at = join(folder, "inputs", name + format.extension);
      inputs[name] = await input(format, given.get(name), at);
    }
    const outputs: Record<string, Output<unknown>> = {};
    const results: Record<string, Input<unknown>> = {};
    for (const [name, format] of Object.entries(stage.outputs)) {
      const path = join(folder, "outputs", name + format.extension);
      outputs[name] = output(format, path);
      results[name] = { path, digest: `test:${name}`, read: () => format.read(path) };
    }
    await stage.run({
      params: stage.params.parse(options.params),
      // The two records have the stage's own names as keys: the loops above fill each one.
      inputs: inputs as { [K in keyof I]: Input<ValueOf<I[K]>> },
      outputs: outputs as { [K in keyof O]: Output<ValueOf<O[K]>> },
      report: options.report ?? silent,
      signal: options.signal ?? new AbortController().signal,
      threads: options.threads ?? 2,
      memory: options.memory,
      scratch: join(folder, "scratch"),
    });
    for (const [name, result] of Object.entries(results)) {
      await Deno.stat(result.path).catch(() => {
        throw new Error(`Stage ${stage.name} ended without its output "${name}"`);
      });
    }
    return Object.assign(results as { [K in keyof O]: Input<ValueOf<O[K]>> }, {
      [Symbol.asyncDispose]: remove,
    });
  } catch (error) {
    await remove();
    throw error;
  }
}

/** A string is a path; a value is written where its format can, so that stages may use its path. */
async function input(format: Format<unknown>, given: unknown, at: string): Promise<Input<unknown>> {
  const digest = `test:${at}`;
  if (given === undefined) return { path: "", digest, read: () => Promise.resolve(undefined) };
  if (typeof given === "string") return { path: given, digest, read: () => format.read(given) };
  if (format.name === filesFormat.name && isPaths(given)) {
    return { path: given[0] ?? "", digest, read: () => Promise.resolve(given) };
  }
  try {
    await format.write(at, given);
  } catch (error) {
    // Formats of optional inputs refuse to write: such a value has no path.
    if (!(error instanceof TypeError)) throw error;
    return { path: "", digest, read: () => Promise.resolve(given) };
  }
  return { path: at, digest, read: () => format.read(at) };
}

function output(format: Format<unknown>, path: string): Output<unknown> {
  // `Written` is a brand that only whoever runs a stage can make.
  const written = (): Written<unknown> => ({}) as Written<unknown>;
  return {
    path,
    async write(value) {
      await format.write(path, value);
      return written();
    },
    done: written,
  };
}

function isPaths(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === "string");
}
