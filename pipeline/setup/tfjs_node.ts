/**
 * `deno task setup:tfjs-node`: builds TensorFlow's own backend for the solver `tfjs`, out of what the
 * registries of npm and PyPI have, into `.tfjs-node/`. Ends at once where it is there, whole and
 * unchanged; goes on where an earlier run was interrupted.
 */
import { basename, join } from "node:path";
import { build, builds, connect, TENSORFLOW, tensorflow } from "../als/tfjs_tensorflow.ts";
import { treeSize } from "../engine/digest.ts";
import { damage, makeBuild } from "./build.ts";
import { type Machine, machine } from "./machine.ts";

/** Builds it in `folder`, by way of a folder beside it; throws `Error` with the remedy. */
export async function setUp(
  folder: string,
  beside: string,
  on: Machine,
  check: (folder: string) => Promise<void>,
): Promise<void> {
  const began = performance.now();
  await Deno.mkdir(beside, { recursive: true });
  using lock = await Deno.open(join(beside, "lock"), { create: true, write: true });
  if (!await lock.tryLock(true)) {
    on.say("another setup is at work: waiting for it");
    await lock.lock(true);
  }
  const damaged = await damage(folder);
  const size = async () => `${Math.round(await treeSize(folder) / 1e6)} MB`;
  if (damaged?.length === 0) {
    on.say(`TensorFlow ${TENSORFLOW} is there already, whole and unchanged: ${await size()}`);
    return;
  }
  const partial = join(beside, "partial");
  on.say(`building TensorFlow ${TENSORFLOW} for tfjs (800 MB while it is built):`);
  await makeBuild(partial, on, check);
  if (damaged) {
    on.say(`  instead of the one in which ${damaged.slice(0, 3).join(", ")} changed`);
    await Deno.remove(folder, { recursive: true });
  }
  await Deno.rename(partial, folder);
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  on.say(`done in ${seconds} s: .tfjs-node/${basename(folder)} has ${await size()}.`);
  on.say('train.solver = "tfjs" computes on it from now on.');
}

/** Throws where the build in `folder` cannot multiply two matrices. */
async function multiply(folder: string): Promise<void> {
  const tf = await import("@tensorflow/tfjs-core");
  tf.enableProdMode();
  await connect(tf, folder, 1);
  await tf.setBackend(tensorflow.name);
  const product = await tf.matMul(tf.tensor2d([[1, 2]]), tf.tensor2d([[3], [4]])).data();
  if (product[0] !== 11) throw new Error(`${folder} multiplies 1 2 by 3 4 to ${product[0]}`);
}

if (import.meta.main) {
  try {
    await setUp(build, builds, machine, multiply);
  } catch (error) {
    machine.say(`error: ${error instanceof Error ? error.message : String(error)}`);
    Deno.exitCode = 1;
  }
}
