/** What changed since the previous run. */
import type { Change } from "../../../pipeline/metrics/gate.ts";
import { count, figure, percent, signed } from "../../lib/numbers.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { Difference, StageDifference } from "../difference.ts";
import type { RunData } from "../read_run.ts";
import { differenceWords, metricName, percentOf, pValue } from "../words.ts";

const KINDS: Readonly<Record<StageDifference["kind"], string>> = {
  same: "the same",
  key: "another key, the same outputs",
  outputs: "other outputs",
  new: "new",
  gone: "gone",
};

/** So many changed parts of a stage are listed at once. */
const SHOWN = 8;

/** Changed parts of every stage by name, and the figures of both runs. */
export function changesSection(run: RunData, difference: Difference | undefined): Section {
  const about = { id: "changes", title: "What changed" };
  if (difference === undefined) {
    return {
      ...about,
      blocks: [text(
        "No earlier run of this config was reported here: the next report compares with this one. " +
          "With --against REV it compares with a git revision.",
      )],
    };
  }
  const { name, stages } = difference;
  if (stages.every(({ kind }) => kind === "same")) {
    return { ...about, blocks: [text(`Nothing, since ${name}: every stage has the same key.`)] };
  }
  return {
    ...about,
    blocks: [
      text(`Compared with ${name}.`),
      {
        kind: "table",
        caption: "Stages",
        columns: ["stage", "result", "changed parts of its key"],
        rows: stages.map(({ stage, kind, lines }) => [stage, KINDS[kind], lines.length || null]),
      },
      ...stages.flatMap(partsOf),
      ...figures(run, difference),
    ],
  };
}

function partsOf({ stage, lines }: StageDifference): Block[] {
  if (lines.length === 0) return [];
  const list: Block = { kind: "list", items: lines };
  if (lines.length > SHOWN) {
    return [{
      kind: "details",
      summary: `${stage}: ${lines.length} changed parts`,
      blocks: [list],
    }];
  }
  return [text(`${stage}:`), list];
}

function figures({ evaluation }: RunData, { metrics, why, figures }: Difference): Block[] {
  if (metrics === undefined) {
    const rows = figures.map((each) => [
      metricName(each.metric, evaluation),
      each.old,
      each.new,
    ]);
    return [
      { kind: "warning", text: why },
      ...(rows.length === 0 ? [] : [{
        kind: "table" as const,
        caption: `Figures of ${evaluation.model} in both runs`,
        columns: [
          "metric",
          { name: "then", format: figure },
          { name: "now", format: figure },
        ],
        rows,
      }]),
    ];
  }
  const { users, onlyOld, onlyNew } = metrics;
  const left = onlyOld + onlyNew === 0
    ? ""
    : ` ${count(onlyOld)} values of customers tested only then and ${
      count(onlyNew)
    } of those tested ` +
      "only now are left out.";
  const level = percentOf(evaluation.significance.level);
  return [
    text(
      `${
        count(users)
      } test customers, the same in both runs.${left} Intervals by paired bootstrap over ` +
        "them; p by Fisher's randomisation test, adjusted for all rows (Holm).",
    ),
    {
      kind: "table",
      caption: "The trained model's figures in both runs",
      columns: [
        "metric",
        { name: "then", format: figure },
        { name: "now", format: figure },
        `difference (${level} % interval)`,
        "relative",
        "p, adjusted",
        "now, beside then",
      ],
      rows: metrics.metrics.map((change) => rowOf(change, metricName(change.metric, evaluation))),
    },
  ];
}

function rowOf(change: Change, name: string) {
  const { old, difference, interval, relative, adjusted, verdict } = change;
  return [
    name,
    old,
    change.new,
    difference === 0 ? "none" : differenceWords(difference, interval),
    Number.isFinite(relative) ? signed(relative, percent) : "–",
    pValue(adjusted),
    verdict,
  ];
}
