/** The same at several cuts in time: whether figures hold. */
import { chiefK } from "../../../pipeline/metrics/verdicts.ts";
import type { Rolling } from "../../../pipeline/metrics/rolling.ts";
import { count, day, figure } from "../../lib/numbers.ts";
import type { Cell } from "../../lib/table.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { RunData } from "../read_run.ts";
import {
  differenceWords,
  metricName,
  percentOf,
  pValue,
  verdictWords,
  withInterval,
} from "../words.ts";

/** Figures by cut, pooled, compared; undefined where there is one cut. */
export function rollingSection({ rolling, evaluation }: RunData): Section | undefined {
  if (rolling === undefined) return undefined;
  const { cuts, pooled, k, model } = rolling;
  const level = percentOf(pooled.significance.level);
  const metrics = [`ndcg@${chiefK(k)}`, `map@${chiefK(k)}`];
  return {
    id: "rolling",
    folded: true,
    title: "At several cuts in time",
    blocks: [
      text(
        `${cuts.length} cuts, ${count(pooled.values)} evaluations of ${count(pooled.users)} ` +
          `customers. ${rolling.method}`,
      ),
      lines(metrics[0]!, rolling, metricName(metrics[0]!, evaluation)),
      ...metrics.map((metric) => byCut(metric, rolling, metricName(metric, evaluation))),
      {
        kind: "table",
        caption: `${model} beside each baseline, all cuts pooled`,
        columns: ["verdict", "metric", `difference (${level} % interval)`, "p, adjusted"],
        rows: pooled.comparisons.filter(({ metric }) => metrics.includes(metric)).map((each) => [
          verdictWords(each, model),
          metricName(each.metric, evaluation),
          differenceWords(each.difference, each.interval),
          pValue(each.adjusted),
        ]),
      },
    ],
  };
}

function namesOf({ model, pooled }: Rolling): string[] {
  return [model, ...Object.keys(pooled.models).filter((name) => name !== model)];
}

function cutName({ cut }: Rolling["cuts"][number], n: number): string {
  return cut === null ? `cut ${n + 1}` : day(cut);
}

function lines(metric: string, rolling: Rolling, name: string): Block {
  const { cuts, model } = rolling;
  return {
    kind: "figure",
    caption: `${name} by cut, the earliest first`,
    alt: cuts.map((cut, n) =>
      `${cutName(cut, n)}: ${model} ${figure(cut.models[model]?.[metric] ?? 0)}`
    ).join("; "),
    figure: {
      kind: "lines",
      x: "cut",
      y: name,
      series: namesOf(rolling).map((name) => ({
        name,
        values: cuts.flatMap(({ models }, n) => {
          const y = models[name]?.[metric];
          return y === undefined ? [] : [{ x: n + 1, y }];
        }),
      })),
    },
  };
}

function byCut(metric: string, rolling: Rolling, name: string): Block {
  const { cuts, pooled } = rolling;
  const names = namesOf(rolling);
  const of = (name: string) => pooled.models[name]?.[metric];
  const shown = (value: number | null | undefined): Cell => withInterval(value, undefined);
  return {
    kind: "table",
    caption: `${name} by cut`,
    columns: ["training up to", "customers", "leak", ...names],
    rows: [
      ...cuts.map((cut, n) => [
        cutName(cut, n),
        cut.users,
        cut.leak,
        ...names.map((name) => shown(cut.models[name]?.[metric])),
      ]),
      ["mean", null, null, ...names.map((name) => shown(of(name)?.mean))],
      ["standard deviation", null, null, ...names.map((name) => shown(of(name)?.sd))],
      [
        `pooled (${percentOf(pooled.significance.level)} % interval)`,
        null,
        null,
        ...names.map((name) => withInterval(of(name)?.pooled, pooled.intervals[name]?.[metric])),
      ],
    ],
  };
}
