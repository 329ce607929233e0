/** A user of the model who went on buying: the row of all that is known, old and new. */
import type { Interactions } from "../data/interactions.ts";
import { amountOfWeight, DAY, decayOf, weightOf, type WeightParams } from "./weights.ts";

/** What a model keeps of one user's purchases. */
export interface KnownPairs {
  /** Items, ascending. */
  readonly indices: Uint32Array;
  /** Net quantity of each, above zero. */
  readonly quantities: Float32Array;
  /** Extra confidence c - 1 of each, where a half-life makes it another than the quantity tells. */
  readonly extra: Float32Array | undefined;
}

/** When things were, in seconds since 1970 UTC. */
export interface Moments {
  /** From when purchases are aged. */
  readonly now: number;
  /** From when those of the model were; `undefined` where it does not say: then from now. */
  readonly fittedAt: number | undefined;
}

/** Quantities have three decimals: sums in thousandths are exact. */
const THOUSANDTHS = 1000;

/**
 * Items and extra confidences of `known` and `later` (purchases of one user, ordered by item) together,
 * as `confidenceOf` gives them for all purchases at once. An item whose net quantity falls to zero has
 * no entry. `scale` is by what an item's confidence is scaled.
 *
 * With a half-life two things are not kept by a model, and assumed: what was returned before the fit was
 * taken from what was bought before it, and a weight that was capped stood just at the cap.
 */
export function continuedEntries(
  known: KnownPairs,
  later: Interactions,
  params: WeightParams,
  scale: (item: number) => number,
  { now, fittedAt = now }: Moments,
): { readonly indices: Uint32Array; readonly extra: Float32Array } {
  const { item, quantity, time } = later;
  const { halfLife, alpha } = params;
  const decay = decayOf(later, time === undefined ? null : halfLife, "train.halfLife", now);
  const aged = halfLife === null ? 1 : 2 ** ((fittedAt - now) / (halfLife * DAY));
  const indices: number[] = [];
  const extras: number[] = [];
  for (let p = 0, at = 0; p < known.indices.length || at < item.length;) {
    const i = Math.min(known.indices[p] ?? Infinity, item[at] ?? Infinity);
    const full = alpha * scale(i);
    let net = 0;
    let bought = 0;
    let decayed = 0;
    let latest = 0;
    let kept: number | undefined;
    if (known.indices[p] === i) {
      net = Math.round(known.quantities[p]! * THOUSANDTHS);
      bought = net / THOUSANDTHS;
      kept = known.extra?.[p];
      const amount = kept === undefined
        ? { r: bought, latest: 1 }
        : amountOfWeight(kept / full, params);
      decayed = aged * amount.r;
      latest = aged * amount.latest;
      p++;
    }
    const first = at;
    for (; item[at] === i; at++) {
      net += Math.round(quantity[at]! * THOUSANDTHS);
      if (quantity[at]! <= 0) continue;
      bought += quantity[at]!;
      decayed += quantity[at]! * decay(at);
      latest = Math.max(latest, decay(at));
    }
    if (net <= 0) continue;
    indices.push(i);
    const untouched = at === first && aged === 1 ? kept : undefined;
    const r = decayed * (net / THOUSANDTHS / bought);
    extras.push(untouched ?? full * weightOf(r, latest, params));
  }
  return { indices: Uint32Array.from(indices), extra: Float32Array.from(extras) };
}
