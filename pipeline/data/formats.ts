/** Formats of the artifacts that stages hand on; those that need DuckDB are in `parquet.ts`. */
import { z } from "zod";
import type { Format } from "../engine/stage.ts";
import type { Csr, Dense } from "./matrix.ts";
import { pick, readSafetensors, writeSafetensors } from "./safetensors.ts";

/** A small value as JSON, parsed by `schema` when read. */
export function jsonFormat<T>(name: string, version: number, schema: z.ZodType<T>): Format<T> {
  return {
    name,
    version,
    extension: ".json",
    write: (path, value) => Deno.writeTextFile(path, JSON.stringify(value, null, 2) + "\n"),
    async read(path) {
      const parsed = schema.safeParse(JSON.parse(await Deno.readTextFile(path)));
      if (!parsed.success) throw new SyntaxError(`${path}: ${z.prettifyError(parsed.error)}`);
      return parsed.data;
    },
  };
}

/** The two factor matrices of a fit. */
export interface Factors {
  /** users x factors */
  readonly user: Dense;
  /** items x factors */
  readonly item: Dense;
}

export const factorsFormat: Format<Factors> = {
  name: "factors",
  version: 1,
  extension: ".safetensors",
  write: (path, { user, item }) =>
    writeSafetensors(path, {
      tensors: { user_factors: denseTensor(user), item_factors: denseTensor(item) },
      metadata: {},
    }),
  async read(path) {
    const file = await readSafetensors(path);
    return { user: dense(file, "user_factors"), item: dense(file, "item_factors") };
  },
};

export const csrFormat: Format<Csr> = {
  name: "csr",
  version: 1,
  extension: ".safetensors",
  write: (path, m) =>
    writeSafetensors(path, {
      tensors: {
        indptr: { shape: [m.rows + 1], data: m.indptr },
        indices: { shape: [m.indices.length], data: m.indices },
        values: { shape: [m.values.length], data: m.values },
        shape: { shape: [2], data: new Uint32Array([m.rows, m.cols]) },
      },
      metadata: {},
    }),
  async read(path) {
    const file = await readSafetensors(path);
    const [rows = 0, cols = 0] = pick(file, "shape", Uint32Array).data;
    return {
      rows,
      cols,
      indptr: pick(file, "indptr", Uint32Array).data,
      indices: pick(file, "indices", Uint32Array).data,
      values: pick(file, "values", Float32Array).data,
    };
  },
};

/** A dense matrix as a tensor of shape rows x cols. */
export function denseTensor(m: Dense): { shape: readonly number[]; data: Float32Array } {
  return { shape: [m.rows, m.cols], data: m.data };
}

/** The two-dimensional f32 tensor `name` of a safetensors file. */
export function dense(file: Awaited<ReturnType<typeof readSafetensors>>, name: string): Dense {
  const { data, shape } = pick(file, name, Float32Array);
  const [rows, cols] = shape;
  if (rows === undefined || cols === undefined || shape.length !== 2) {
    throw new SyntaxError(`Tensor "${name}" has ${shape.length} dimensions, not 2`);
  }
  return { rows, cols, data };
}
