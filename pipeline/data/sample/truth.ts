/**
 * The true preferences behind the sample shop. Ranking by them is the best that any model can do
 * on it: the ceiling beside which a score on synthetic purchases can be read at all.
 */
import { z } from "zod";
import type { Format } from "../../engine/stage.ts";
import { dense, denseTensor, type Factors } from "../formats.ts";
import type { Dense } from "../matrix.ts";
import { readSafetensors, writeSafetensors } from "../safetensors.ts";

/**
 * `user` row · `item` row is the logarithm of the odds with which that customer picks that item
 * in the last weeks of the sample, up to a constant of the customer.
 */
export interface Truth {
  /** Ids by row of `user`. */
  readonly users: readonly string[];
  /** Ids by row of `item`. */
  readonly items: readonly string[];
  /** users x width */
  readonly user: Dense;
  /** items x width */
  readonly item: Dense;
}

const ids = z.array(z.string());

export const truthFormat: Format<Truth> = {
  name: "truth",
  version: 1,
  extension: ".safetensors",
  write: (path, { users, items, user, item }) =>
    writeSafetensors(path, {
      tensors: { user: denseTensor(user), item: denseTensor(item) },
      metadata: { users: JSON.stringify(users), items: JSON.stringify(items) },
    }),
  async read(path) {
    const file = await readSafetensors(path);
    const list = (name: string) => ids.parse(JSON.parse(file.metadata[name] ?? "null"));
    return {
      users: list("users"),
      items: list("items"),
      user: dense(file, "user"),
      item: dense(file, "item"),
    };
  },
};

/** Whether the truth knows all of them: customers who came later, by events, it does not. */
export function knowsAll(
  truth: Truth,
  users: readonly string[],
  items: readonly string[],
): boolean {
  const [knownUsers, knownItems] = [new Set(truth.users), new Set(truth.items)];
  return users.every((id) => knownUsers.has(id)) && items.every((id) => knownItems.has(id));
}

/**
 * The truth in the order of ingest's indices: users x width, items x width, to be ranked by inner
 * product like the factors of a fit. Throws `RangeError` for an id that the truth does not know.
 */
export function alignTruth(
  truth: Truth,
  users: readonly string[],
  items: readonly string[],
): Factors {
  return {
    user: rowsOf(truth.user, truth.users, users, "user"),
    item: rowsOf(truth.item, truth.items, items, "item"),
  };
}

function rowsOf(from: Dense, known: readonly string[], wanted: readonly string[], what: string) {
  const rowById = new Map(known.map((id, row) => [id, row]));
  const { cols } = from;
  const data = new Float32Array(wanted.length * cols);
  wanted.forEach((id, row) => {
    const source = rowById.get(id);
    if (source === undefined) {
      throw new RangeError(
        `The sample's truth knows no ${what} "${id}": it belongs to other purchases`,
      );
    }
    data.set(from.data.subarray(source * cols, (source + 1) * cols), row * cols);
  });
  return { rows: wanted.length, cols, data };
}
