/** What came out of a run, for a person: figures beside the baselines, one customer, what to do next. */
import type { Config } from "../config.ts";
import type { RunResult } from "../engine/run.ts";
import { type Evaluation, evaluationFormat } from "../metrics/evaluation.ts";
import { type Example, exampleFormat } from "../stages/example.ts";

type Figures = Readonly<Record<string, number>>;

/** What the evaluate stage found. */
export interface Results {
  readonly evaluation: Evaluation;
  readonly example: Example;
  /** The trained model's figures by metric and k: "ndcg@10". */
  readonly metrics: Figures;
  /** The same of each baseline, by its name. */
  readonly baselines: Readonly<Record<string, Figures>>;
}

/** Reads a run's evaluation; `undefined` where the run did not reach it. */
export async function readResults(result: RunResult): Promise<Results | undefined> {
  const metrics = result.output("evaluate", "metrics");
  const example = result.output("evaluate", "example");
  if (metrics === undefined || example === undefined) return undefined;
  return resultsOf(
    await evaluationFormat.read(metrics.path),
    await exampleFormat.read(example.path),
  );
}

/** Tells the model's figures from the baselines'. */
export function resultsOf(evaluation: Evaluation, example: Example): Results {
  const { [evaluation.model]: metrics = {}, ...baselines } = evaluation.models;
  return { evaluation, example, metrics, baselines };
}

/** The text that a run ends with. */
export function summary(results: Results, config: Config): string {
  return [
    figureTable(results),
    customer(results.example),
    nextSteps(results.example, config),
  ].join("\n\n");
}

function figureTable({ evaluation, metrics, baselines }: Results): string {
  const { users, target, ceiling, model } = evaluation;
  const columns: [string, Figures][] = [[model, metrics], ...Object.entries(baselines)];
  if (ceiling !== null) columns.push(["ceiling", ceiling.figures]);
  const names = Object.keys(metrics);
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
  return lines.join("\n");
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
