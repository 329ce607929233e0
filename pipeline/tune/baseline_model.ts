/** Baselines as models to tune: a comparison with untuned ones proves nothing (Ferrari Dacrema et al. 2019). */
import { type Baselines, likeModel } from "../config/baselines.ts";
import type { BaselineName, Dimensions } from "../config/tune.ts";
import type { Facts } from "./facts.ts";
import type { Tunable } from "./tunable.ts";
import { paramsOf } from "./values.ts";

/**
 * A baseline, drawn from `space`; one that is off in the config, from its defaults. Cheaper rungs fit
 * EASE to fewer items, since time grows with the cube of their number; the others are fast as they are.
 *
 * @param baselines `evaluate.baselines` of the config.
 * @param model `train` of the config: its decay is that of baselines who leave theirs out.
 */
export function baselineModel(
  name: BaselineName,
  baselines: Baselines,
  model: { readonly halfLife: number | null },
  defaults: Baselines,
  space: Dimensions,
  facts: Pick<Facts, "timed">,
): Tunable {
  const section = likeModel(baselines, model)[name] ?? likeModel(defaults, model)[name] ?? {};
  const present = paramsOf(section);
  const timeless = Object.keys(space)
    .filter((key) => ["halfLife", "window", "trend"].includes(key))
    .map((key) => [key, null]);
  const usable: Dimensions = facts.timed ? space : { ...space, ...Object.fromEntries(timeless) };
  return {
    name,
    kind: "baseline",
    at: ["evaluate", "baselines", name],
    space: usable,
    present,
    start: present,
    params: (drawn) => ({ ...present, ...drawn }),
    reduced({ maxItems, ...params }, share) {
      if (typeof maxItems !== "number") return params;
      return { ...params, maxItems: Math.max(1, Math.round(maxItems * Math.cbrt(share))) };
    },
    chosen: (params) => params,
  };
}
