/**
 * `deno task bench:topk`: lists for all users and for one, seen items removed, beside implicit's
 * `recommend` on the same factors in one go. Factors are trained on the generated shop of 33,000 users
 * and 30,000 items, or by the same tastes at another size: they are pruned otherwise than random ones.
 *
 * Ours is the median of the seconds with threads, memory and items made anew; implicit's that
 * of the fastest way to ask it. A sample of the lists is compared with brute force in float64.
 */
import { join } from "node:path";
import { cpuUsage } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { simd } from "../../pipeline/als/simd.ts";
import type { Factors } from "../../pipeline/data/formats.ts";
import { type Csr, type Dense, rowIndices } from "../../pipeline/data/matrix.ts";
import { listAt, type RankedLists } from "../../pipeline/topk/lists.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { norm, score } from "../../pipeline/topk/score.ts";
import { TopKIndex } from "../../pipeline/topk/topk.ts";
import { openData, type Source, sources } from "./train/data.ts";
import { problemOf } from "./train/matrix.ts";
import { readNpy, writeNpy } from "./train/npy.ts";
import { openRival } from "./train/rivals.ts";

const text = (value: string) => ({ type: "string", default: value }) as const;
const { values: args } = parseArgs({
  options: {
    users: text("33000"),
    items: text("30000"),
    factors: text("64"),
    k: text("20"),
    threads: text("2"),
    runs: text("5"),
    rival: { type: "boolean", default: true },
  },
  allowNegative: true,
});
const users = Number(args.users);
const items = Number(args.items);
const factors = Number(args.factors);
const k = Number(args.k);
const threads = Number(args.threads);
const runs = Number(args.runs);
const root = fileURLToPath(new URL("../../", import.meta.url));
const work = join(root, ".bench");
/** Users asked for one by one, and those whose lists are compared with brute force. */
const SINGLES = 2000;
const SAMPLE = 200;

const write = (to: typeof Deno.stdout, line: string) =>
  to.writeSync(new TextEncoder().encode(`${line}\n`));
const say = (line: string) => write(Deno.stdout, line);
const log = (line: string) => write(Deno.stderr, line);

/** What one run takes. On a machine with other work the processors' seconds tell more. */
interface Times {
  readonly seconds: number;
  readonly cpu: number;
}

const rivalSays = z.union([
  z.strictObject({
    threads: z.int(),
    blas: z.int(),
    batch: z.int(),
    seconds: z.number(),
    cpu: z.number(),
  }),
  z.strictObject({ single: z.array(z.number()) }),
]);

async function main(): Promise<void> {
  const like = sources.a;
  const size = { users, items, pairs: 20 * users };
  const source: Source = users === like.users && items === like.items
    ? like
    : { kind: "drawn", ...size, fewest: 5, heldOut: 0, seed: 42 };
  const options = { work, shared: join(root, "../shared/data"), log };
  const { folder, train } = await openData(`topk-${users}x${items}`, source, options);
  const seen: Csr = { ...train, values: new Float32Array(train.indices.length) };
  const fitted = await trained(seen);
  say(`${users} users x ${items} items, ${factors} factors, top-${k}, ${threads} threads`);

  const { lists, times } = await rankAll(fitted, seen);
  const { seconds } = times;
  const rate = (macs: number) => `${(2 * macs / seconds / 1e9).toFixed(0)} GFLOP/s`;
  const reached = reachedShare(fitted, lists);
  const macs = users * items * factors;
  say(`all users: ${shown(times)}, as ${rate(macs)} of a product of everything`);
  say(`  ${percent(1 - reached)} of pairs pruned by norms, the others at ${rate(macs * reached)}`);
  say(`  ${bruteForced(fitted, seen, lists)} of ${SAMPLE} lists equal to brute force in float64`);

  const began = performance.now();
  const index = new TopKIndex(fitted.item);
  const prepared = performance.now() - began;
  const some = Array.from({ length: SINGLES }, (_, n) => (n * 7919) % users);
  const singles = some.map((user) => rankOne(index, fitted.user, seen, user));
  say(`one user: ${quantiles(singles)}, after ${prepared.toFixed(0)} ms to prepare the items`);
  if (args.rival) await beside(fitted, folder, lists, times, some);
}

/** Factors after ten sweeps of the simd solver, alpha 30, lambda 100. */
async function trained(seen: Csr): Promise<Factors> {
  const problem = problemOf(seen, { alpha: 30, lambda: 100, regularization: "constant" });
  let last: Factors | undefined;
  const options = { factors, iterations: 10, threads, seed: 1 };
  for await (const { sweep, userFactors, itemFactors } of simd.solve(problem, options)) {
    if (sweep < options.iterations) continue;
    last = {
      user: { rows: users, cols: factors, data: userFactors.slice() },
      item: { rows: items, cols: factors, data: itemFactors.slice() },
    };
  }
  if (!last) throw new Error("The solver yielded no sweep");
  return last;
}

/** Lists of all users, and what they take, threads and memory included. */
async function rankAll({ user, item }: Factors, pairs: Csr) {
  const rows = Uint32Array.from({ length: users }, (_, u) => u);
  const query = {
    users: user,
    items: item,
    rows,
    k,
    candidates: { pairs, mode: "without" },
  } as const;
  const all: Times[] = [];
  let lists: RankedLists | undefined;
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    const cpu = cpuUsage();
    using pool = new TopKPool(threads);
    lists = await pool.topK(query);
    const { user: own, system } = cpuUsage(cpu);
    all.push({ seconds: (performance.now() - began) / 1000, cpu: (own + system) / 1e6 });
  }
  if (!lists) throw new RangeError("--runs is 0: give a count from 1");
  return { lists, times: medians(all) };
}

/** Part of all pairs whose norms alone could reach the last score of the user's list. */
function reachedShare({ user, item }: Factors, lists: RankedLists): number {
  const norms = normsOf(item).sort();
  let reached = 0;
  normsOf(user).forEach((length, u) => {
    const least = (listAt(lists, u).scores[k - 1] ?? 0) / length;
    let low = 0;
    let high = items;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (norms[middle]! < least) low = middle + 1;
      else high = middle;
    }
    reached += items - low;
  });
  return reached / users / items;
}

function normsOf({ rows, cols, data }: Dense): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => norm(data, row * cols, cols));
}

/** How many lists of a sample are those of brute force, scores to the last bit. */
function bruteForced({ user, item }: Factors, seen: Csr, lists: RankedLists): number {
  let equal = 0;
  for (let n = 0; n < SAMPLE; n++) {
    const u = Math.floor(n * users / SAMPLE);
    const bought = new Set(rowIndices(seen, u));
    const all: [item: number, score: number][] = [];
    for (let i = 0; i < items; i++) {
      if (bought.has(i)) continue;
      all.push([i, score(user.data, u * factors, item.data, i * factors, factors)]);
    }
    const best = all.sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, k);
    const list = listAt(lists, u);
    const same = best.every(([i, s], n) => list.items[n] === i && list.scores[n] === s);
    if (same && list.items.length === best.length) equal++;
  }
  return equal;
}

/** Milliseconds of one list. */
function rankOne(index: TopKIndex, { data }: Dense, seen: Csr, user: number): number {
  const began = performance.now();
  const vector = data.subarray(user * factors, (user + 1) * factors);
  index.topK(vector, { k, exclude: rowIndices(seen, user) });
  return performance.now() - began;
}

/** The same by implicit: each way that it was asked, and the ratio to its best. */
async function beside(
  { user, item }: Factors,
  data: string,
  lists: RankedLists,
  times: Times,
  singles: readonly number[],
): Promise<void> {
  const { command, args: [script = ""], env } = await openRival("implicit", { work, threads, log });
  const folder = await Deno.makeTempDir({ dir: work, prefix: "topk-" });
  try {
    await writeNpy(join(folder, "users.npy"), user.data, [users, factors]);
    await writeNpy(join(folder, "items.npy"), item.data, [items, factors]);
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [join(script, "../recommend.py"), JSON.stringify({ folder, data, k, runs, singles })],
      env: { ...env },
    }).output();
    if (!success) throw new Error(`implicit failed: ${new TextDecoder().decode(stderr).trim()}`);
    const timed: Times[] = [];
    for (const line of new TextDecoder().decode(stdout).trim().split("\n")) {
      const said = rivalSays.parse(JSON.parse(line));
      if ("single" in said) say(`implicit, one user: ${quantiles(said.single)}`);
      else {
        timed.push(said);
        const how = `${said.threads} threads, ${said.blas} of BLAS, ${said.batch} users a call`;
        log(`implicit, ${how}: ${shown(said)}`);
      }
    }
    const best = medians(timed.slice(-runs));
    const [longer, more] = [best.seconds / times.seconds, best.cpu / times.cpu];
    say(`implicit, all users: ${shown(best)}`);
    say(`  ${longer.toFixed(1)} x our seconds, ${more.toFixed(1)} x those of processors`);
    const theirs = await readNpy(join(folder, "lists.npy"), Uint32Array);
    const same = theirs.data.filter((item, at) => item === lists.items[at]).length;
    say(`  ${percent(same / theirs.data.length)} of its places hold the same item`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function medians(all: readonly Times[]): Times {
  return {
    seconds: quantile(all.map(({ seconds }) => seconds), 0.5),
    cpu: quantile(all.map(({ cpu }) => cpu), 0.5),
  };
}

function shown({ seconds, cpu }: Times): string {
  return `${seconds.toFixed(3)} s (${cpu.toFixed(3)} s of processors)`;
}

function quantile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

function quantiles(milliseconds: readonly number[]): string {
  const mean = milliseconds.reduce((sum, ms) => sum + ms, 0) / milliseconds.length;
  const [p50, p99] = [0.5, 0.99].map((part) => quantile(milliseconds, part).toFixed(2));
  return `p50 ${p50} ms, p99 ${p99} ms, ${(1000 / mean).toFixed(0)} a second`;
}

function percent(part: number): string {
  return `${(100 * part).toFixed(1)} %`;
}

if (import.meta.main) await main();
