/**
 * TensorFlow itself as a tfjs backend: the addon of `@tensorflow/tfjs-node`, as `deno task
 * setup:tfjs-node` builds it.
 */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import util from "node:util";
import type { KernelBackend } from "@tensorflow/tfjs-core";
import { z } from "zod";
import type { TensorBackend, TensorFlow } from "./tfjs_backend.ts";

/** The version of TensorFlow that is built, and may be loaded. */
export const TENSORFLOW = "2.12.1";

/** Where builds are: at the project's root, git-ignored. */
export const builds = join(dirname(fileURLToPath(import.meta.url)), "..", "..", ".tfjs-node");

/** The build that the solver loads: it appears by a rename, when it is complete. */
export const build = join(builds, `tensorflow-${TENSORFLOW}`);

/** The addon's name within a build. */
export const ADDON = "tfjs_binding.node";

/** TensorFlow's own kernels. */
export const tensorflow: TensorBackend = {
  name: "tensorflow",
  remedy: "run `deno task setup:tfjs-node` again, or remove the folder .tfjs-node",
  async there() {
    try {
      return (await Deno.stat(build)).isDirectory;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
  },
  load: (tf, threads) => connect(tf, build, threads),
  async runtime() {
    const addon = createHash("sha256").update(await Deno.readFile(join(build, ADDON)));
    return { tensorflow: TENSORFLOW, addon: addon.digest("hex").slice(0, 32) };
  },
};

let connected: Promise<void> | undefined;

/**
 * Registers the TensorFlow of the build in `folder` with `tf`, once in a process. Throws where it
 * does not load.
 */
export function connect(tf: TensorFlow, folder: string, threads: number): Promise<void> {
  connected ??= Promise.resolve().then(() => register(tf, folder, threads));
  return connected;
}

const addonSchema = z.looseObject({ TF_Version: z.string() });
const backendSchema = z.looseObject({
  NodeJSKernelBackend: z.custom<new (addon: unknown, name: string) => KernelBackend>(
    (value) => typeof value === "function",
  ),
});

function register(tf: TensorFlow, folder: string, threads: number): void {
  setUnlessSet("TF_CPP_MIN_LOG_LEVEL", "2");
  setUnlessSet("TF_NUM_INTRAOP_THREADS", String(threads));
  // oneDNN takes twice as long for the many small products of short rows.
  setUnlessSet("TF_ENABLE_ONEDNN_OPTS", "0");
  // tfjs-node calls what Node and Deno no longer have.
  const gone = {
    isArray: Array.isArray,
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
  };
  for (const [name, value] of Object.entries(gone)) {
    if (!(name in util)) Object.assign(util, { [name]: value });
  }
  const require = createRequire(join(folder, "index.cjs"));
  // In a build the package "@tensorflow/tfjs" is an empty object: tfjs-node's kernels are to register
  // with the core that the solver uses, not with a second one.
  Object.assign(require("@tensorflow/tfjs"), tf);
  require("@tensorflow/tfjs-node/dist/register_all_kernels.js");
  const { NodeJSKernelBackend } = backendSchema.parse(
    require("@tensorflow/tfjs-node/dist/nodejs_kernel_backend.js"),
  );
  const addon: unknown = require(join(folder, ADDON));
  const { TF_Version: version } = addonSchema.parse(addon);
  if (version !== TENSORFLOW) {
    throw new Error(`its library is TensorFlow ${version}, not ${TENSORFLOW}`);
  }
  tf.registerBackend(tensorflow.name, () => new NodeJSKernelBackend(addon, "tfjs-node"));
}

function setUnlessSet(name: string, value: string): void {
  if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
}
