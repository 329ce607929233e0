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
import { changes, decide, type State } from "../../pipeline/metrics/gate.ts";
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

const parts = await partsOf(config, threads);
const before = await stateOf(parts, config, {}, threads);
say(
  `${args.config}: ${metric}, ${
    users(before)
  } test users, ${level} interval, loss of ${maxLoss} allowed`,
);
say("change          runs  refused  mean change   from        to  half interval");
const results: object[] = [];
for (const { name, runs } of rows) {
  const found = [];
  for (const difference of runs) {
    const after = await stateOf(parts, config, difference, threads);
    const { resamples, seed } = config.evaluate.significance;
    const change = changes(before, after, { resamples, seed, level })
      .metrics.find((each) => each.metric === metric);
    if (change === undefined) throw new Error(`${metric} is not measured: see evaluate.k`);
    found.push({
      ...decide(change, maxLoss),
      relative: change.relative,
      low: change.relativeInterval[0],
    });
  }
  const changed = found.map(({ relative }) => relative);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const row = {
    name,
    runs: runs.length,
    refused: found.filter(({ refused }) => refused).length,
    mean: mean(changed),
    worst: Math.min(...changed),
    best: Math.max(...changed),
    resolution: mean(found.map(({ resolution }) => resolution)),
    all: found,
  };
  results.push(row);
  const percent = (value: number) => `${(value * 100).toFixed(1)} %`.padStart(9);
  say(
    `${name.padEnd(14)}  ${String(row.runs).padStart(4)}  ${String(row.refused).padStart(7)}  ` +
      `${percent(row.mean)}   ${percent(row.worst)} ${percent(row.best)}  ${
        percent(row.resolution)
      }`,
  );
}
if (args.json) print(Deno.stdout, JSON.stringify({ metric, maxLoss, level, rows: results }));

function users({ cuts }: State): number {
  return cuts.reduce((sum, { users }) => sum + users.length, 0);
}

function say(line: string): void {
  print(args.json ? Deno.stderr : Deno.stdout, line);
}

function print(stream: typeof Deno.stdout | typeof Deno.stderr, line: string): void {
  stream.writeSync(new TextEncoder().encode(line + "\n"));
}
