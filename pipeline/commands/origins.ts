/** The training parts to tune on: that of the split, or those of several cuts. */
import type { Config } from "../config.ts";
import { atCut, earlierCuts } from "../config/cuts.ts";
import { UsageError } from "../errors.ts";
import type { Options } from "./command.ts";

/** One of them. */
export interface Origin {
  /** The stage that splits. */
  readonly parts: string;
  /** The config there: its `train` and `evaluate` are what is tuned. */
  readonly config: Config;
  /** Where in the config file those two sections stand. */
  readonly at: readonly (string | number)[];
}

/**
 * The origins that are asked for: that of the split, every cut of `split.rolling`, or one of them, so
 * that each cut is tuned only on what lies before it. Throws `UsageError` where there is none such.
 */
export function originsOf(
  config: Config,
  { rolling, cut }: Pick<Options, "rolling" | "cut">,
): Origin[] {
  const main: Origin = { parts: "split", config, at: [] };
  if (!rolling && cut === undefined) return [main];
  const earlier = earlierCuts(config.split);
  if (earlier.length === 0) {
    throw new UsageError(
      "--rolling and --cut are for the cuts of split.rolling, and this config has none",
      "Leave them out, or set split.rolling",
    );
  }
  const all = [
    ...earlier.map((_, n): Origin => ({
      parts: `split@${n + 1}`,
      config: { ...config, ...atCut(config, n) },
      at: ["split", "rolling", "overrides", n],
    })),
    main,
  ];
  if (cut === undefined) return all;
  const one = all[cut - 1];
  if (one !== undefined) return [one];
  throw new UsageError(
    `--cut ${cut}: there are ${all.length} cuts, of which the last is the split's own`,
  );
}
