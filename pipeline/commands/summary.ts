/** What came out of a run, for a person: figures beside the baselines, one customer, what to do next. */
import type { Config } from "../config.ts";
import { splitFormat, type SplitSummary } from "../data/split.ts";
import { leakLines } from "../data/split/leak.ts";
import type { RunResult } from "../engine/run.ts";
import { type Evaluation, evaluationFormat, isChief } from "../metrics/evaluation.ts";
import { type Rolling, rollingFormat } from "../metrics/rolling.ts";
import { type BaselineComparison, chiefK } from "../metrics/verdicts.ts";
import { type Example, exampleFormat } from "../stages/example.ts";
import { rollingTable } from "./rolling_table.ts";

type Figures = Readonly<Record<string, number>>;

/** What the evaluate stage found. */
export interface Results {
  readonly evaluation: Evaluation;
  readonly example: Example;
  /** The trained model's figures by metric and k: "ndcg@10". */
  readonly metrics: Figures;
  /** The same of each baseline, by its name. */
  readonly baselines: Readonly<Record<string, Figures>>;
  readonly parts: Parts;
}

/** What was measured on, and what earlier cuts say. */
export interface Parts {
  readonly split?: SplitSummary | undefined;
  /** Where the split has several cuts. */
  readonly rolling?: Rolling | undefined;
}

/** Reads a run's evaluation; `undefined` where the run did not reach it. */
export async function readResults(result: RunResult): Promise<Results | undefined> {
  const metrics = result.output("evaluate", "metrics");
  const example = result.output("evaluate", "example");
  if (metrics === undefined || example === undefined) return undefined;
  const split = result.output("split", "summary");
  const rolling = result.output("rolling", "rolling");
  return resultsOf(
    await evaluationFormat.read(metrics.path),
    await exampleFormat.read(example.path),
    {
      split: split && await splitFormat.read(split.path),
      rolling: rolling && await rollingFormat.read(rolling.path),
    },
  );
}

/** Tells the model's figures from the baselines'. */
export function resultsOf(
  evaluation: Evaluation,
  example: Example,
  parts: Parts = {},
): Results {
  const { [evaluation.model]: metrics = {}, ...baselines } = evaluation.models;
  return { evaluation, example, metrics, baselines, parts };
}

/** The text that a run ends with. */
export function summary(results: Results, config: Config): string {
  return [
    [...figureTable(results), ...howSure(results.evaluation)].join("\n"),
    ...splitBlocks(results.parts),
    customer(results.example),
    nextSteps(results.example, config),
  ].join("\n\n");
}

function splitBlocks({ split, rolling }: Parts): string[] {
  const blocks = rolling === undefined ? [] : [rollingTable(rolling)];
  return split === undefined ? blocks : [leakLines(split.leak).join("\n"), ...blocks];
}

function figureTable({ evaluation, metrics, baselines }: Results): string[] {
  const { users, target, ceiling, model } = evaluation;
  const columns: [string, Figures][] = [[model, metrics], ...Object.entries(baselines)];
  if (ceiling !== null) columns.push(["ceiling", ceiling.figures]);
  const names = Object.keys(metrics).filter(isChief);
  const width = Math.max(...names.map((name) => name.length));
  const cell = (text: string, name: string) => text.padStart(Math.max(name.length, 6) + 2);
  const lines = [
    `${TARGETS[target]}, mean over ${users.toLocaleString("en-US")} users:`,
    "".padEnd(width) + columns.map(([name]) => cell(name, name)).join(""),
    ...names.map((metric) =>
      metric.padEnd(width) +
      columns.map(([name, figures]) => cell(figures[metric]?.toFixed(4) ?? "-", name)).join("")
    ),
  ];
  for (const [name, { note }] of Object.entries(evaluation.baselines)) {
    if (note !== null) lines.push(`${name}: ${note}.`);
  }
  if (ceiling !== null) lines.push(ceiling.note);
  return lines;
}

/** Intervals and verdicts in NDCG; no verdict says more than the test behind it. */
function howSure({ model, models, k, intervals, comparisons, significance }: Evaluation): string[] {
  const metric = `ndcg@${chiefK(k)}`;
  const percent = Number((significance.level * 100).toFixed(2));
  const width = Math.max(...Object.keys(models).map((name) => name.length));
  return [
    `${metric} with its ${percent} % interval over users; p adjusted for ${comparisons.length} comparisons:`,
    ...Object.entries(models).map(([name, figures]) => {
      const [low, high] = intervals[name]?.[metric] ?? [];
      const between = low === undefined || high === undefined
        ? ""
        : ` (${low.toFixed(4)} to ${high.toFixed(4)})`;
      const found = comparisons.find((each) => each.baseline === name && each.metric === metric);
      const said = found === undefined ? "" : `: ${inWords(found, model)}`;
      return `  ${name.padEnd(width)} ${(figures[metric] ?? 0).toFixed(4)}${between}${said}`;
    }),
  ];
}

/** "als is above it by 0.0678 (0.0512 to 0.0841), p = 0.001". */
function inWords(
  { difference, interval: [low, high], adjusted, verdict }: BaselineComparison,
  model: string,
): string {
  const below = verdict === "below";
  const [size, from, to] = below ? [-difference, -high, -low] : [difference, low, high];
  const figures = `${size.toFixed(4)} (${from.toFixed(4)} to ${to.toFixed(4)}), ` +
    `p ${adjusted < 0.001 ? "< 0.001" : `= ${adjusted.toFixed(3)}`}`;
  return verdict === "not told apart"
    ? `${model} is not told apart from it: ${figures}`
    : `${model} is ${verdict} it by ${figures}`;
}

const TARGETS: Readonly<Record<Evaluation["target"], string>> = {
  new: "Test purchases new to the user",
  repeat: "Test purchases that the user made before",
  all: "All test purchases",
};

function customer({ customer, bought, purchases, recommendations }: Example): string {
  return [
    `Customer ${customer} bought ${bought} ${bought === 1 ? "item" : "items"}, last:`,
    ...purchases.map((item) => `  ${[item.date ?? "", label(item)].join(" ").trim()}`),
    "Recommended:",
    ...recommendations.map((item, n) =>
      `  ${n + 1}. ${label(item)}${item.hit ? " (bought in the test part)" : ""}`
    ),
  ].join("\n");
}

function label(
  { id, name, brand }: Example["recommendations"][number] | Example["purchases"][number],
) {
  return `${name ?? `item ${id}`}${brand === null ? "" : ` [${brand}]`}`;
}

function nextSteps({ customer }: Example, { export: { dir } }: Config): string {
  const body = JSON.stringify({ user_id_hash: customer }).replaceAll("'", `'\\''`);
  const model = dir === "model" ? "" : ` --model '${dir.replaceAll("'", `'\\''`)}'`;
  return [
    `The model is in ${dir}. Serve it, then ask for this customer's top-5:`,
    `  npx -y deno@${Deno.version.deno} task serve${model}`,
    `  curl -d '${body}' -H "Content-Type:application/json" -X POST http://localhost:5000/reco`,
  ].join("\n");
}
