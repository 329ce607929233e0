/**
 * The tensor backends there may be, best first. Each is imported only when it is tried: most need
 * code or a native addon that not every machine has.
 */
import type * as Tf from "@tensorflow/tfjs-core";

export type TensorFlow = typeof Tf;

export interface TensorBackend {
  /** The name under which the backend registers itself with tfjs. */
  readonly name: string;
  /** Registers it with `tf`; returns false where this machine does not have it. */
  readonly load: (tf: TensorFlow) => Promise<boolean>;
  /** What decides the last bits of its results, beside its name: versions, an addon's digest. */
  readonly runtime: (tf: TensorFlow) => Promise<Readonly<Record<string, string>>>;
}

const version = (tf: TensorFlow) => Promise.resolve({ tfjs: tf.version_core });

/** XNNPACK and SIMD in WebAssembly. */
const wasm: TensorBackend = {
  name: "wasm",
  async load() {
    await import("@tensorflow/tfjs-backend-wasm");
    return true;
  },
  runtime: version,
};

/** Plain JavaScript: slow, but always there. */
const cpu: TensorBackend = {
  name: "cpu",
  async load() {
    await import("@tensorflow/tfjs-backend-cpu");
    return true;
  },
  runtime: version,
};

/** Best first. A backend with a native addon belongs before the others; `load` says if it is there. */
export const tensorBackends: readonly TensorBackend[] = [wasm, cpu];

/**
 * Makes the first backend of `candidates` that works the current one. Throws `Error` where none
 * does, with the reason of each.
 */
export async function openBackend(
  candidates: readonly TensorBackend[],
): Promise<{ readonly tf: TensorFlow; readonly backend: TensorBackend }> {
  const tf = await import("@tensorflow/tfjs-core");
  // Else tfjs advertises its native addon on standard error.
  tf.enableProdMode();
  const reasons: string[] = [];
  for (const backend of candidates) {
    try {
      const there = await backend.load(tf);
      if (there && await tf.setBackend(backend.name)) {
        await tf.ready();
        return { tf, backend };
      }
      reasons.push(`${backend.name}: ${there ? "it does not start here" : "not installed"}`);
    } catch (error) {
      reasons.push(`${backend.name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  throw new Error(
    `No tfjs backend works (${reasons.join("; ")}): install the packages of deno.json again, or ` +
      `set train.solver to "reference"`,
  );
}
