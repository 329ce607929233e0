/**
 * The gate's power: how often it lets through what is only another seed, and how often it refuses harm.
 *
 *   deno task bench:gate [--config pipeline.json] [--reseeded 40] [--runs 10] [--json]
 *
 * Every run is compared with one of the config as it stands, by the functions of `gate`. Harm: a share of the
 * training pairs is kept from the fit; who is tested, on what, and what lists may hold stays.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { loadConfig } from "../../pipeline/commands/load_config.ts";
import { changes, decide, type Decision } from "../../pipeline/metrics/gate.ts";
import { type Difference, partsOf, stateOf } from "./gate/runs.ts";

const { values: args } = parseArgs({
  options: {
    config: { type: "string", default: "pipeline.json" },
    set: { type: "string", multiple: true, default: [] },
    reseeded: { type: "string", default: "40" },
    runs: { type: "string", default: "10" },
    threads: { type: "string", default: "2" },
    json: { type: "boolean", default: false },
  },
});
const threads = Number(args.threads);
const root = fileURLToPath(new URL("../../", import.meta.url));
const config = await loadConfig(resolve(root, args.config), args.set, args.config);
const { metric, maxLoss, level } = config.gate;

const numbers = (count: string) => Array.from({ length: Number(count) }, (_, n) => n + 1);
const seeds = numbers(args.reseeded).map((n) => config.train.seed + n);
const rows: { readonly name: string; readonly runs: readonly Difference[] }[] = [
  { name: "alpha x 100", runs: [{ alpha: 100 }] },
  { name: "another seed", runs: seeds.map((seed) => ({ seed })) },
  ...[0.05, 0.1, 0.2, 0.4].map((share) => ({
    name: `${share * 100} % deleted`,
    runs: numbers(args.runs).map((drawn) => ({
      seed: config.train.seed + drawn,
      deleted: { share, drawn },
    })),
  })),
];

/** The metric of the short lists that customers see: shown beside the one that decides. */
const SHORT = "ndcg@10";

const parts = await partsOf(config, threads);
const before = await stateOf(parts, config, {}, threads);
const [cut] = before.cuts;
say(
  `${args.config}, ${cut?.users.length} test users: ${metric} may lose ${percent(maxLoss)}, ` +
    `interval of ${percent(level)}`,
);
say(
  `change          runs  refused  ${
    metric.padStart(9)
  }  lowest   highest   half interval    ${SHORT}`,
);
const results: object[] = [];
for (const { name, runs } of rows) {
  const found: Found[] = [];
  for (const difference of runs) found.push(await judge(difference));
  const relative = found.map(({ relative }) => relative);
  const row = {
    name,
    runs: runs.length,
    refused: found.filter(({ refused }) => refused).length,
    mean: mean(relative),
    lowest: Math.min(...relative),
    highest: Math.max(...relative),
    resolution: mean(found.map(({ resolution }) => resolution)),
    short: mean(found.map(({ short }) => short)),
    found,
  };
  results.push(row);
  const shares = [row.mean, row.lowest, row.highest, row.resolution, row.short].map(percent);
  say(
    `${name.padEnd(14)}  ${String(row.runs).padStart(4)}  ${String(row.refused).padStart(7)}  ` +
      shares.join(" "),
  );
}
if (args.json) print(Deno.stdout, JSON.stringify({ metric, maxLoss, level, rows: results }));

interface Found extends Decision {
  readonly relative: number;
  /** Lower bound. */
  readonly low: number;
  /** Relative difference in `SHORT`. */
  readonly short: number;
}

async function judge(difference: Difference): Promise<Found> {
  const after = await stateOf(parts, config, difference, threads);
  const { resamples, seed } = config.evaluate.significance;
  const { metrics } = changes(before, after, { resamples, seed, level });
  const change = metrics.find((each) => each.metric === metric);
  if (change === undefined) throw new Error(`${metric} is not measured: see evaluate.k`);
  return {
    ...decide(change, maxLoss),
    relative: change.relative,
    low: change.relativeInterval[0],
    short: metrics.find((each) => each.metric === SHORT)?.relative ?? NaN,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`.padStart(9);
}

function say(line: string): void {
  print(args.json ? Deno.stderr : Deno.stdout, line);
}

function print(stream: typeof Deno.stdout | typeof Deno.stderr, line: string): void {
  stream.writeSync(new TextEncoder().encode(line + "\n"));
}
