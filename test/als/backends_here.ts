import type { TensorBackend } from "../../pipeline/als/tfjs_backend.ts";
import { tensorBackends } from "../../pipeline/als/tfjs_backends.ts";

/** The tensor backends that this machine has. */
export async function backendsHere(): Promise<TensorBackend[]> {
  const there = await Promise.all(tensorBackends.map((backend) => backend.there()));
  return tensorBackends.filter((_, at) => there[at]);
}
