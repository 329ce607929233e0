import type { Interactions } from "../data/interactions.ts";

/** What a fit may be told beside its params; all but `history` never change a byte of the result. */
export interface BaselineOptions {
  /**
   * What users are ranked by, where that is not what is fitted: purchases of users whom the fit has not seen,
   * beside those of the fit. Same users and items.
   */
  readonly history?: Interactions | undefined;
  /** Worker threads; default 1. */
  readonly threads?: number | undefined;
  /** Ends the fit between two steps. */
  readonly signal?: AbortSignal | undefined;
  /** Called now and then with how much is done. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}
