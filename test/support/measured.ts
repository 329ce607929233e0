/** A shop of four users and five items, small enough to work out what an evaluation of it says. */
import type { Factors } from "../../pipeline/data/formats.ts";
import type { Interactions } from "../../pipeline/data/interactions.ts";
import type { Truth } from "../../pipeline/data/sample/truth.ts";
import type { SplitSummary } from "../../pipeline/data/split.ts";
import { DAY, summary } from "./groups.ts";

export function interactions(
  shape: { users: number; items: number },
  rows: [user: number, item: number, day: number, quantity: number][],
): Interactions {
  return {
    ...shape,
    user: Uint32Array.from(rows, ([user]) => user),
    item: Uint32Array.from(rows, ([, item]) => item),
    time: Float64Array.from(rows, ([, , day]) => day * DAY),
    quantity: Float64Array.from(rows, ([, , , quantity]) => quantity),
  };
}

const part = { interactions: 1, users: 1, pairs: 1 };

export const split: SplitSummary = {
  ...summary("temporal"),
  ...{ requested: "auto", days: 28, heldOut: { users: 0.1, foldIn: 0.8 }, seed: 42 },
  ...{ cut: 0, train: part, test: part },
};

/** Four users x five items; item 4 and user 3 are unknown to training. Popularity: 2, 2, 1, 1, 0. */
export const shape = { users: 4, items: 5 };
export const train = interactions(shape, [
  [0, 0, 1, 1],
  [0, 1, 2, 3],
  [0, 1, 3, -1],
  [0, 2, 3, 2],
  [0, 2, 4, -2],
  [1, 0, 5, 1],
  [1, 2, 5, 1],
  [2, 1, 6, 1],
  [2, 3, 6, 1],
]);
/** New: user 0 {2}, user 1 {1, 4}, user 2 {0}; user 2 buys item 1 again; user 3 is cold. */
export const test = interactions(shape, [
  [0, 2, 40, 1],
  [1, 1, 40, 1],
  [1, 4, 40, 1],
  [2, 0, 40, 1],
  [2, 1, 40, 1],
  [3, 0, 40, 1],
]);
/** Ranks for user 0: 2 3 4; user 1: 3 1 4; user 2: 4 2 0 (seen items removed). */
export const factors: Factors = {
  user: { rows: 4, cols: 2, data: Float32Array.of(1, 0, 0, 1, -1, 0, 0, 0) },
  item: { rows: 5, cols: 2, data: Float32Array.of(9, 9, 8, 2, 7, 1, 6, 3, 5, 1) },
};
export const users = ["ann", "bob", "cleo", "dan"];
export const items = ["a", "b", "c", "d", "e"].map((id) => ({
  id,
  name: `Item ${id}`,
  brand: id === "d" ? null : "Fjellby",
  attributes: {},
}));
export const truth: Truth = {
  users: users.toReversed(),
  items: ["a", "b", "c", "d", "e"],
  user: { rows: 4, cols: 3, data: Float32Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1) },
  item: {
    rows: 5,
    cols: 3,
    data: Float32Array.of(1, 0, 0, 0, 3, 0, 0, 0, 2, 0, 0, 1, 0, 2, 0),
  },
};
