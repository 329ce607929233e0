/** The command line of `deno task bench:train`. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { cases, scaleSources, usualCases } from "./plan.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface Arguments {
  readonly json: boolean;
  /** Names of cases; with `scale`, of sizes. */
  readonly only: readonly string[];
  /** Names of solvers; all of the case where it is left out. */
  readonly solvers: readonly string[] | undefined;
  readonly factors: number | undefined;
  readonly runs: number | undefined;
  readonly threads: number;
  readonly quality: boolean;
  /** Instead of rivals, the simd solver with one technique left out at a time. */
  readonly ablation: boolean;
  readonly scale: boolean;
  readonly digests: boolean;
  readonly spark: boolean;
  /** Where the chart goes; undefined: none. */
  readonly chart: string | undefined;
  /** What is kept between runs: data, virtual environments. */
  readonly work: string;
  /** Where real purchases lie. */
  readonly shared: string;
}

export const USAGE = `deno task bench:train [options]

  --json           one JSON object on standard output instead of tables
  --only a,b,…     cases: ${cases.map(({ name }) => name).filter(unique).join(", ")}
  --solvers x,y,…  only these solvers and rivals
  --factors N      only the cases of N factors
  --runs N         timed runs instead of 5 or 3
  --threads N      threads of every solver; default 2
  --quality        seconds to 99.5 % of implicit's best held-out NDCG@10 as well
  --scale          instead of cases the simd solver alone at 5 M, 10 M, 24 M (b) and 50 M (c)
                   interactions; --only then names sizes: ${scaleSources.join(", ")}
  --digests        with --scale: compare the factors of 1, 2, 3 and 8 threads
  --spark          install pyspark (0.5 GB) where it is not there yet
  --chart FILE     where the chart goes; default .bench/train.png
  --no-chart       draw none
  --work DIR       what is kept between runs; default .bench
  --shared DIR     real purchases; default ../shared/data`;

/** Throws `TypeError` for what is no option, and `RangeError` for a value that is none. */
export function parseArguments(args: readonly string[]): Arguments {
  const { values } = parseArgs({
    args: [...args],
    options: {
      json: { type: "boolean", default: false },
      only: { type: "string" },
      solvers: { type: "string" },
      factors: { type: "string" },
      runs: { type: "string" },
      threads: { type: "string", default: "2" },
      quality: { type: "boolean", default: false },
      ablation: { type: "boolean", default: false },
      scale: { type: "boolean", default: false },
      digests: { type: "boolean", default: false },
      spark: { type: "boolean", default: false },
      chart: { type: "string" },
      "no-chart": { type: "boolean", default: false },
      work: { type: "string", default: join(root, ".bench") },
      shared: { type: "string", default: join(root, "..", "shared", "data") },
    },
  });
  const { json, quality, ablation, scale, digests, spark, work, shared } = values;
  const known = scale ? scaleSources : cases.map(({ name }) => name);
  const only = values.only?.split(",") ?? (scale ? scaleSources : usualCases);
  const unknown = only.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`--only names "${unknown}", which is none of ${known.join(", ")}`);
  }
  return {
    ...{ json, only, quality, ablation, scale, digests, spark, work, shared },
    solvers: values.solvers?.split(","),
    factors: values.factors === undefined ? undefined : whole("factors", values.factors),
    runs: values.runs === undefined ? undefined : whole("runs", values.runs),
    threads: whole("threads", values.threads),
    chart: values["no-chart"] ? undefined : values.chart ?? join(work, "train.png"),
  };
}

function whole(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`--${option} is "${text}": give a whole number from 1`);
}

function unique(value: string, at: number, all: readonly string[]): boolean {
  return all.indexOf(value) === at;
}
