/** What a user, an item and a pair take of a fit's memory: measured on small fits, checked on a larger one. */
import { openData, type Source } from "../train/data.ts";
import { ownProgram, usualWeights } from "../train/plan.ts";
import { measureScale } from "../train/scale.ts";

export interface TrainingOptions {
  readonly factors: number;
  readonly threads: number;
  readonly work: string;
  readonly say: (line: string) => void;
}

/** users, items, pairs */
type Size = readonly [users: number, items: number, pairs: number];

/** The first one, then one of its numbers larger at a time. */
const SMALL: readonly Size[] = [
  [50_000, 20_000, 1_000_000],
  [250_000, 20_000, 1_000_000],
  [50_000, 120_000, 1_000_000],
  [50_000, 20_000, 5_000_000],
];
/** What the small ones foretell. */
const CHECKED: Size = [500_000, 100_000, 15_000_000];

/** Fits all sizes and says what a row and a pair take, and how far off the larger one is. */
export async function measureTraining(options: TrainingOptions): Promise<void> {
  const { say } = options;
  const peaks: number[] = [];
  for (const size of SMALL) peaks.push(await peakOf(size, options));
  const [base = 0, users = 0, items = 0, pairs = 0] = peaks;
  const each = (peak: number, column: 0 | 1 | 2) => {
    const more = SMALL[column + 1]![column] - SMALL[0]![column];
    return (peak - base) * 2 ** 20 / more;
  };
  const [perUser, perItem, perPair] = [each(users, 0), each(items, 1), each(pairs, 2)];
  const bytes = ([users, items, pairs]: Size) =>
    perUser * users + perItem * items + perPair * pairs;
  const fixed = base - bytes(SMALL[0]!) / 2 ** 20;
  say(
    `bytes: ${perUser.toFixed(0)} a user, ${perItem.toFixed(0)} an item, ${
      perPair.toFixed(1)
    } a pair, ` +
      `beside ${fixed.toFixed(0)} MiB`,
  );
  const foretold = fixed + bytes(CHECKED) / 2 ** 20;
  const found = await peakOf(CHECKED, options);
  say(`foretold ${foretold.toFixed(0)} MiB, measured ${found.toFixed(0)}`);
}

async function peakOf(
  [users, items, pairs]: Size,
  { factors, threads, work, say }: TrainingOptions,
): Promise<number> {
  const source: Source = { kind: "drawn", users, items, pairs, fewest: 2, heldOut: 0, seed: 42 };
  const name = `scale-${users}x${items}`;
  const data = await openData(name, source, { work, shared: "", log: () => {} });
  const measured = await measureScale(name, data, ownProgram(), {
    ...{ factors, threads, weights: usualWeights, digestThreads: [], log: () => {} },
  });
  say(
    `${users} users, ${items} items, ${measured.interactions} pairs: ${
      measured.peakMiB?.toFixed(0)
    } MiB, ` +
      `${measured.sweepSeconds.toFixed(2)} s a sweep, ${measured.nanoseconds.toFixed(0)} ns a pair`,
  );
  return measured.peakMiB ?? NaN;
}
