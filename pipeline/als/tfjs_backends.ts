/** The tensor backends there may be. Each is imported only when it is used. */
import type { TensorBackend, TensorFlow } from "./tfjs_backend.ts";
import { tensorflow } from "./tfjs_tensorflow.ts";

const packaged = {
  there: () => Promise.resolve(true),
  runtime: () => Promise.resolve({}),
  remedy: "install the packages of deno.json again",
};

/** XNNPACK and SIMD in WebAssembly. */
const wasm: TensorBackend = {
  ...packaged,
  name: "wasm",
  async load() {
    await import("@tensorflow/tfjs-backend-wasm");
  },
};

/** Plain JavaScript: slow, but always there. */
const cpu: TensorBackend = {
  ...packaged,
  name: "cpu",
  async load() {
    await import("@tensorflow/tfjs-backend-cpu");
  },
};

/** Best first. */
export const tensorBackends: readonly TensorBackend[] = [tensorflow, wasm, cpu];

/** The first of `candidates` that is there. Throws `Error` where none is. */
export async function chooseBackend(candidates: readonly TensorBackend[]): Promise<TensorBackend> {
  for (const backend of candidates) if (await backend.there()) return backend;
  const names = candidates.map(({ name }) => name).join(", ");
  throw new Error(`No tfjs backend is here (asked for: ${names}): set train.solver to "simd"`);
}

/**
 * Makes `backend` the one that tfjs computes on. Throws `Error` where it does not load or start: the
 * next best one would not be what the train stage's key says.
 */
export async function openBackend(backend: TensorBackend, threads: number): Promise<TensorFlow> {
  const tf = await import("@tensorflow/tfjs-core");
  // Else tfjs advertises its native addon on standard error.
  tf.enableProdMode();
  try {
    await backend.load(tf, threads);
    if (!await tf.setBackend(backend.name)) throw new Error("it does not start");
    await tf.ready();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The tfjs backend ${backend.name} does not work here (${reason}): ${backend.remedy}, or set ` +
        `train.solver to "simd"`,
    );
  }
  return tf;
}
