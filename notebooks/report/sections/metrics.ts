/** How good each model is, how sure that is, and what the model beats. */
import { beyondDefinitions } from "../../../pipeline/metrics/beyond.ts";
import { chiefK } from "../../../pipeline/metrics/verdicts.ts";
import type { Evaluation } from "../../../pipeline/mod.ts";
import { count, figure, signed } from "../../lib/numbers.ts";
import type { Cell } from "../../lib/table.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { RunData } from "../read_run.ts";
import {
  differenceWords,
  metricName,
  modelNames,
  percentOf,
  pValue,
  TARGETS,
  verdictWords,
  withInterval,
} from "../words.ts";

/** Chief figures with intervals and verdicts, then all ranking metrics at all lengths. */
export function metricsSection({ evaluation }: RunData): Section {
  const { k, users, target, significance, comparisons } = evaluation;
  const level = percentOf(significance.level);
  const chief = [`ndcg@${chiefK(k)}`, `map@${chiefK(k)}`];
  return {
    id: "metrics",
    title: "How good the lists are",
    blocks: [
      text(
        `Means over ${count(users)} customers of ${TARGETS[target]}. Intervals (${level} %): ` +
          `${significance.interval} p: ${significance.test} ` +
          `Adjusted: ${significance.correction} Here there are ${comparisons.length}.`,
      ),
      intervals(chief[0]!, evaluation),
      ...chief.map((metric) => verdicts(metric, evaluation)),
      ...baselineNotes(evaluation),
      figures(evaluation, isRanking, "All ranking metrics"),
      {
        kind: "details",
        for: "page",
        summary: `The same with ${level} % intervals`,
        blocks: [withIntervals(evaluation, isRanking)],
      },
      {
        kind: "details",
        for: "page",
        summary: "All comparisons",
        blocks: [{
          kind: "table",
          caption: `${evaluation.model} beside each baseline`,
          columns: [
            "verdict",
            "metric",
            `difference (${level} % interval)`,
            "p",
            "p, adjusted",
          ],
          rows: comparisons.map((each) => [
            verdictWords(each, evaluation.model),
            metricName(each.metric, evaluation),
            differenceWords(each.difference, each.interval),
            pValue(each.p),
            pValue(each.adjusted),
          ]),
        }],
      },
      definitions(evaluation, isRanking),
    ],
  };
}

/** What the lists are like, beside how good they are. */
export function beyondSection({ evaluation }: RunData): Section {
  return {
    id: "beyond",
    folded: true,
    title: "Beyond accuracy",
    blocks: [
      text(
        "How much of the catalogue is shown, how even, how new and how popular it is. Most of these describe " +
          "lists and judge nothing by themselves.",
      ),
      figures(evaluation, isBeyond, "What the lists are like"),
      {
        kind: "details",
        for: "page",
        summary: `The same with ${percentOf(evaluation.significance.level)} % intervals`,
        blocks: [withIntervals(evaluation, isBeyond)],
      },
      definitions(evaluation, isBeyond),
    ],
  };
}

function intervals(metric: string, evaluation: Evaluation): Block {
  const names = modelNames(evaluation);
  const point = (name: string) => ({
    x: name,
    y: evaluation.models[name]?.[metric] ?? 0,
    interval: evaluation.intervals[name]?.[metric],
  });
  return {
    kind: "figure",
    caption: `${metricName(metric, evaluation)} with ${
      percentOf(evaluation.significance.level)
    } % intervals`,
    alt: names.map((name) => {
      const { y, interval } = point(name);
      return `${name} ${withInterval(y, interval)}`;
    }).join("; "),
    figure: {
      kind: "dots",
      value: metricName(metric, evaluation),
      series: [
        { name: "model", values: [point(evaluation.model)] },
        {
          name: "baselines",
          muted: true,
          values: names.filter((name) => name !== evaluation.model).map(point),
        },
      ].filter(({ values }) => values.length > 0),
    },
  };
}

function verdicts(metric: string, evaluation: Evaluation): Block {
  const { model, models, intervals, comparisons, significance, ceiling } = evaluation;
  const level = percentOf(significance.level);
  const rows = modelNames(evaluation).map((name): Cell[] => {
    const value = withInterval(models[name]?.[metric], intervals[name]?.[metric]);
    const found = comparisons.find((each) => each.metric === metric && each.baseline === name);
    if (found === undefined) return [name, value, null, null, null];
    return [
      name,
      value,
      differenceWords(found.difference, found.interval),
      pValue(found.adjusted),
      verdictWords(found, model),
    ];
  });
  if (ceiling !== null) {
    rows.push(["ceiling", withInterval(ceiling.figures[metric], undefined), null, null, null]);
  }
  return {
    kind: "table",
    caption: `${metricName(metric, evaluation)}, and what may be said of it`,
    columns: [
      "model",
      `mean (${level} % interval)`,
      `${model} minus it (${level} % interval)`,
      "p, adjusted",
      "verdict",
    ],
    rows,
  };
}

/** What the name of a baseline does not say. */
function baselineNotes({ baselines }: Evaluation): Block[] {
  const rows = Object.entries(baselines).map(([name, { params, note }]) => [
    name,
    Object.entries(params).map(([key, value]) => `${key} ${JSON.stringify(value)}`).join(", "),
    note,
  ]);
  if (rows.length === 0) return [];
  return [{
    kind: "details",
    summary: "How the baselines were made",
    blocks: [{
      kind: "table",
      caption: "Baselines",
      columns: ["baseline", "params", "note"],
      rows,
    }],
  }];
}

function figures(evaluation: Evaluation, of: Choice, caption: string): Block {
  const names = modelNames(evaluation);
  const columns = [...names, ...(evaluation.ceiling === null ? [] : ["ceiling"])];
  return {
    kind: "table",
    caption,
    columns: ["metric", ...columns.map((name) => ({ name, format: signedBelowZero }))],
    rows: metricsOf(evaluation, of).map((metric) => [
      metricName(metric, evaluation),
      ...columns.map((name) =>
        (name in evaluation.models ? evaluation.models[name] : evaluation.ceiling?.figures)
          ?.[metric] ?? null
      ),
    ]),
  };
}

/** With a true minus. */
function signedBelowZero(value: number): string {
  return value < 0 ? signed(value) : figure(value);
}

function withIntervals(evaluation: Evaluation, of: Choice): Block {
  const names = modelNames(evaluation);
  return {
    kind: "table",
    caption: "Means with their intervals",
    columns: ["metric", ...names],
    rows: metricsOf(evaluation, of).map((metric) => [
      metricName(metric, evaluation),
      ...names.map((name) =>
        withInterval(evaluation.models[name]?.[metric], evaluation.intervals[name]?.[metric])
      ),
    ]),
  };
}

function definitions(evaluation: Evaluation, of: Choice): Block {
  const { definitions, conventions } = evaluation;
  return {
    kind: "details",
    for: "page",
    summary: "Definitions",
    blocks: [
      { kind: "list", items: Object.values(conventions) },
      {
        kind: "table",
        caption: "What each metric means",
        columns: ["metric", "formula", "denominator", "better", "source"],
        rows: Object.entries(definitions).filter(([key]) => of(key)).map(([key, each]) => [
          metricName(key, evaluation),
          each.formula,
          each.denominator,
          each.better,
          each.source,
        ]),
      },
    ],
  };
}

/** Of the part of a key before "@". */
type Choice = (metric: string) => boolean;

const isBeyond: Choice = (metric) => metric in beyondDefinitions;
const isRanking: Choice = (metric) => !isBeyond(metric);

/** Keys of the trained model's figures, by metric, then by k. */
function metricsOf({ models, model, k, definitions }: Evaluation, of: Choice): string[] {
  const own = models[model] ?? {};
  return Object.keys(definitions).filter(of)
    .flatMap((metric) => k.map((k) => `${metric}@${k}`))
    .filter((key) => key in own);
}
