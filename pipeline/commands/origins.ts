/** The training parts to tune on: that of the split, or those of several cuts. */
import type { Config } from "../config.ts";

/** One of them. */
export interface Origin {
  /** The stage that splits. */
  readonly parts: string;
  /** The config there: its `train` and `evaluate` are what is tuned. */
  readonly config: Config;
  /** Where in the config file those two sections stand. */
  readonly at: readonly (string | number)[];
}

/** The origins of a config. */
export function originsOf(config: Config): Origin[] {
  return [{ parts: "split", config, at: [] }];
}
