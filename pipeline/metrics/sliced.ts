/** The figures of models by slices, as the evaluation carries them. */
import { z } from "zod";
import { type Lists, mean, perUserMetrics, type RankingMetricName } from "./ranking.ts";
import type { SliceGroup } from "./slice_groups.ts";
import type { Slice } from "./slices.ts";

/** What is measured in a group. */
export const SLICED_METRICS: readonly RankingMetricName[] = ["map", "ndcg", "recall"];

const count = z.int().min(0);

export const slicedSchema = z.array(z.strictObject({
  by: z.enum(["activity", "popularity", "age", "attribute"]),
  /** Name of the item attribute; null for the others. */
  attribute: z.string().nullable(),
  definition: z.string(),
  /** Of `from` and `to`. */
  unit: z.string().nullable(),
  groups: z.array(z.strictObject({
    name: z.string(),
    kind: z.enum(["range", "value", "other", "missing", "unknown"]),
    /** Both of the group; null where it is no range. */
    from: count.nullable(),
    to: count.nullable(),
    /** Users that its figures are a mean over. */
    users: count,
    /** Pairs of those users and their relevant items of the group. */
    relevant: count,
    /** By model: "ndcg@10" and the like. */
    models: z.record(z.string(), z.record(z.string(), z.number())),
  })),
}));

export type Sliced = z.infer<typeof slicedSchema>;

/** Values of one model in one group: "ndcg@10" to one value for each of the group's users. */
export function groupValues(
  lists: Lists,
  { rows, relevant }: SliceGroup,
  ks: readonly number[],
): Record<string, Float64Array> {
  return perUserMetrics(lists, relevant, ks, { rows, metrics: SLICED_METRICS });
}

/** The slices with no model's figures yet. */
export function emptySliced(slices: readonly Slice[]): Sliced {
  return slices.map(({ by, attribute, definition, unit, groups }) => ({
    ...{ by, attribute, definition, unit },
    groups: groups.map(({ name, kind, from, to, rows, relevant }) => ({
      ...{ name, kind, from, to },
      users: rows.length,
      relevant: relevant.indices.length,
      models: {},
    })),
  }));
}

/** Adds a model's figures to `sliced`, which is that of `slices`. */
export function addModel(
  sliced: Sliced,
  slices: readonly Slice[],
  model: string,
  lists: Lists,
  ks: readonly number[],
): void {
  for (const [s, { groups }] of slices.entries()) {
    for (const [g, group] of groups.entries()) {
      const figures: Record<string, number> = {};
      for (const [key, values] of Object.entries(groupValues(lists, group, ks))) {
        figures[key] = mean(values);
      }
      sliced[s]!.groups[g]!.models[model] = figures;
    }
  }
}
