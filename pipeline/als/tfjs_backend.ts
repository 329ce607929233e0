import type * as Tf from "@tensorflow/tfjs-core";

export type TensorFlow = typeof Tf;

/** What tfjs may compute on: one way, on one kind of machine. */
export interface TensorBackend {
  /** The name under which the backend registers itself with tfjs. */
  readonly name: string;
  /** Whether this machine has it; asked without loading it. */
  readonly there: () => Promise<boolean>;
  /**
   * Registers it with `tf`. It computes on as many threads as the first call in this process asks
   * for, where it has threads of its own. Throws where it does not load.
   */
  readonly load: (tf: TensorFlow, threads: number) => Promise<void>;
  /** What decides the last bits of its results, beside its name and tfjs: asked without loading it. */
  readonly runtime: () => Promise<Readonly<Record<string, string>>>;
  /** What to do where it does not load. */
  readonly remedy: string;
}
