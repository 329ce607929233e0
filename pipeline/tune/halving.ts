/**
 * Successive halving (Jamieson & Talwalkar 2016), a bracket as in Hyperband (Li et al. 2018): all
 * trials are judged cheaply, the best of them again at more cost, and so on.
 */

/** What of a budget is to be spent how. */
export interface Budget {
  /** Trials of the first rung, in this order; trial 0 are the present params. */
  readonly trials: readonly number[];
  /** Each rung ends after its equal share of them; left out: no rung is cut short. */
  readonly minutes?: number | undefined;
  /** Of so many trials the best one goes on to the next rung. */
  readonly eta: number;
  readonly rungs: number;
}

/** Trials to judge in a rung, in this order; after `until` (of `now`) no more. */
export interface Request {
  readonly rung: number;
  readonly trials: readonly number[];
  readonly until: number | undefined;
}

/** The figures by trial; without those that failed, and those for which time was not left. */
export type Judge = (request: Request) => Promise<ReadonlyMap<number, number>>;

/** So many trials are judged before it is asked whether time is left for more. */
const FEW = 16;

/**
 * The figures of each rung, the larger the better. Trial 0, if it is there, is in every rung, so that what is best in
 * the last one is no worse than the present params. With minutes alone the first rung takes as many
 * trials as its time allows.
 *
 * @param now a clock in milliseconds.
 */
export async function halve(
  { trials, minutes, eta, rungs }: Budget,
  judge: Judge,
  now: () => number = () => performance.now(),
): Promise<ReadonlyMap<number, number>[]> {
  const start = now();
  const ladder: ReadonlyMap<number, number>[] = [];
  let entrants = trials;
  for (let rung = 0; rung < rungs; rung++) {
    const until = minutes === undefined
      ? undefined
      : start + (minutes * 60_000 * (rung + 1)) / rungs;
    const figures = new Map<number, number>();
    // In growing turns: each of them begins with a look at all that was judged.
    for (let from = 0; from < entrants.length;) {
      const turn = until === undefined ? entrants.length : Math.max(FEW, from);
      const asked = entrants.slice(from, from + turn);
      for (const [trial, figure] of await judge({ rung, trials: asked, until })) {
        figures.set(trial, figure);
      }
      from += turn;
      if (until !== undefined && now() >= until) break;
    }
    ladder.push(figures);
    entrants = promoted(figures, eta);
    if (entrants.length === 0) break;
  }
  return ladder;
}

/** Trials by figure, best first, of equal ones the earlier. */
export function ranking(figures: ReadonlyMap<number, number>): number[] {
  return [...figures].sort(([a, x], [b, y]) => y - x || a - b).map(([trial]) => trial);
}

/** Trial 0 first, if it has a figure: whatever time is left, it is compared with. */
function promoted(figures: ReadonlyMap<number, number>, eta: number): readonly number[] {
  const best = ranking(figures).slice(0, Math.ceil(figures.size / eta)).filter((trial) =>
    trial > 0
  );
  return figures.has(0) ? [0, ...best] : best;
}

/** How many trials a search judges in all rungs, if none fails. */
export function total({ trials, eta, rungs }: Budget): number {
  let [sum, entrants] = [0, trials.length];
  for (let rung = 0; rung < rungs; rung++) {
    sum += entrants;
    // Trial 0 may come on top of the best.
    entrants = Math.min(entrants, Math.ceil(entrants / eta) + 1);
  }
  return sum;
}

/** The first `count` trials, as evenly as they can be in `rounds` rounds; none is empty. */
export function roundsOf(count: number, rounds: number): number[][] {
  const all = Array.from({ length: count }, (_, trial) => trial);
  const size = Math.ceil(count / Math.min(rounds, count));
  return Array.from(
    { length: Math.ceil(count / size) },
    (_, n) => all.slice(n * size, (n + 1) * size),
  );
}

/**
 * Spearman's rank correlation of the trials that both rungs judged: whether the cheaper rung ranks as
 * the next one does. `undefined` for fewer than three, or where all figures of one are equal.
 */
export function rankCorrelation(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
): number | undefined {
  const both = [...a.keys()].filter((trial) => b.has(trial));
  if (both.length < 3) return undefined;
  const [x, y] = [a, b].map((figures) => ranks(both.map((trial) => figures.get(trial) ?? NaN)));
  const middle = (both.length + 1) / 2;
  let [xy, xx, yy] = [0, 0, 0];
  for (let n = 0; n < both.length; n++) {
    const [dx, dy] = [(x?.[n] ?? NaN) - middle, (y?.[n] ?? NaN) - middle];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : undefined;
}

/** From 1; equal values share the mean of their ranks. */
function ranks(values: readonly number[]): number[] {
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}
