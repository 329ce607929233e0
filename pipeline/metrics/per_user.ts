/** Every metric of every model for every user: what significance tests and slices are made from. */
import { pick, readSafetensors, type TensorData, writeSafetensors } from "../data/safetensors.ts";
import type { Tensor } from "../data/safetensors.ts";

export interface PerUser {
  /** User indices, ascending. */
  readonly users: Uint32Array;
  /** By model, then by metric ("ndcg@10"): one value for each of `users`. */
  readonly models: Readonly<Record<string, Readonly<Record<string, Float64Array>>>>;
}

/** Safetensors: "users", and "model/metric@k" of float64. */
export const perUserFormat = {
  name: "per-user metrics",
  version: 1,
  extension: ".safetensors",
  async write(path: string, { users, models }: PerUser): Promise<void> {
    const tensors: Record<string, Tensor> = { users: column(users) };
    for (const [model, metrics] of Object.entries(models)) {
      for (const [metric, values] of Object.entries(metrics)) {
        tensors[`${model}/${metric}`] = column(values);
      }
    }
    await writeSafetensors(path, { tensors, metadata: {} });
  },
  async read(path: string): Promise<PerUser> {
    const file = await readSafetensors(path);
    const users = pick(file, "users", Uint32Array).data;
    const models: Record<string, Record<string, Float64Array>> = {};
    for (const name of Object.keys(file.tensors)) {
      const [model, metric] = name.split("/");
      if (model === undefined || metric === undefined) continue;
      const { data } = pick(file, name, Float64Array);
      if (data.length !== users.length) {
        throw new SyntaxError(`${path}: "${name}" has ${data.length} values, not ${users.length}`);
      }
      (models[model] ??= {})[metric] = data;
    }
    return { users, models };
  },
};

/** The values of several vectors, one after the other. */
export function joined(parts: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function column<D extends TensorData>(data: D): Tensor<D> {
  return { shape: [data.length], data };
}
