/** What a model must say of itself to be tuned. */
import type { Dimensions } from "../config/tune.ts";
import type { Params } from "./draw.ts";

export interface Tunable {
  readonly name: string;
  /** By which stage a trial is judged. */
  readonly kind: "factors" | "baseline";
  /** The section of the config in which its params stand. */
  readonly at: readonly string[];
  /** Between which values trials are drawn, those left out that these purchases do not allow. */
  readonly space: Dimensions;
  /** The params as the config has them: trial 0. */
  readonly present: Params;
  /** The same as the space says them, for trials to be drawn near them. */
  readonly start: Params;
  /** What was drawn, as the config says it. */
  params(drawn: Params): Params;
  /** The params as a rung tries them that may take about `share` of a full trial's time. */
  reduced(params: Params, share: number): Params;
  /** Drawn params as they are to be written, once judged in full. */
  chosen(params: Params, judged: Judged): Params;
}

/** What is known of a trial that was judged. */
export interface Judged {
  readonly figure: number;
  /** The sweep with that figure; 1 where a model has none. */
  readonly sweeps: number;
  readonly users: number;
}
