import { decayOf } from "../als/weights.ts";
import { eachPair, type Interactions, latestTime, pairs } from "../data/interactions.ts";
import type { Csr } from "../data/matrix.ts";
import type { BaselineOptions } from "./fit_options.ts";
import { baseScores } from "./item_item.ts";
import { buyersOf } from "./popularity.ts";
import { type ItemItemRanker, itemItemRanker } from "./rank_items.ts";

/** How old purchases count; `evaluate.baselines.buyAgain` in the config. */
export interface BuyAgainParams {
  /** Days after which a purchase counts half; null: no decay. */
  readonly halfLife: number | null;
}

const KEY = "evaluate.baselines.buyAgain";

/**
 * What a user bought before, the more often and the later the higher; what they never bought follows by
 * popularity. Personal frequency, the baseline that next-basket models seldom beat: Hu, He, Gao, Zhang
 * (2020), "Modeling personalized item frequency information for next-basket recommendation".
 *
 * Each time at which the user bought the item counts 2^-(age / halfLife); returns take back their share,
 * as in `confidenceOf`. Where purchases have no times, their quantity is all that is known.
 *
 * Throws `RangeError` where a half-life is asked of purchases without times, and as `pairs` does.
 */
export function fitBuyAgain(
  train: Interactions,
  { halfLife }: BuyAgainParams,
  { history = train }: BaselineOptions = {},
): ItemItemRanker {
  const net = pairs(history);
  const now = latestTime(train);
  const values = frequencies(history, net, decayOf(history, halfLife, `${KEY}.halfLife`, now));
  const count = net.cols;
  const itself: Csr = {
    rows: count,
    cols: count,
    indptr: Uint32Array.from({ length: count + 1 }, (_, i) => i),
    indices: Uint32Array.from({ length: count }, (_, i) => i),
    values: new Float32Array(count).fill(1),
  };
  const model = { kind: "sparse", items: count, weights: itself } as const;
  return itemItemRanker("buyAgain", model, { ...net, values }, baseScores(buyersOf(pairs(train))));
}

function frequencies(
  interactions: Interactions,
  net: Csr,
  decay: (at: number) => number,
): Float32Array {
  const { quantity, time } = interactions;
  const values = new Float32Array(net.indices.length);
  eachPair(interactions, net, (p, _user, _item, from, to) => {
    let purchases = 0;
    let times = 0;
    for (let at = from; at < to; at++) {
      if (quantity[at]! <= 0) continue;
      purchases += quantity[at]!;
      times += decay(at);
    }
    const kept = net.values[p]! / purchases;
    values[p] = time === undefined ? net.values[p]! : times * kept;
  });
  return values;
}
