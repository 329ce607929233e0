/** What a `Recommender` makes of a model before it answers, so that another thread can make it. */
import { RowSolver } from "./als/row_solver.ts";
import { learnedColumns, type Model } from "./als/model.ts";
import { Neighbours } from "./topk/neighbours.ts";
import { type PreparedCatalogue, TopKIndex } from "./topk/topk.ts";

/** All that takes long. Arrays can be transferred; the catalogue's memory is shared. */
export interface Prepared {
  /** Items that somebody bought, most buyers first, then by index. */
  readonly popular: Uint32Array;
  /** What ranks the items. */
  readonly catalogue: PreparedCatalogue;
  /** items; one over the length of each item's learned factors, as `Neighbours` has it. */
  readonly inverse: Float64Array;
  /** learned x learned, Y'Y of the items: what fold-in solves against. */
  readonly gram: Float64Array;
}

/** Prepares all of it. Throws as `TopKIndex` does. */
export function prepare(model: Model): Prepared {
  const { itemFactors } = model;
  const learned = learnedColumns(model);
  return {
    popular: byBuyers(model),
    catalogue: new TopKIndex(itemFactors).prepared,
    inverse: new Neighbours(itemFactors, learned).inverse,
    gram: new RowSolver(itemFactors, learned).gram,
  };
}

/** Items that somebody bought, most buyers first, then by index. */
export function byBuyers({ popularity }: Pick<Model, "popularity">): Uint32Array {
  return Uint32Array.from(popularity.keys())
    .filter((item) => popularity[item]! > 0)
    .sort((a, b) => popularity[b]! - popularity[a]! || a - b);
}
