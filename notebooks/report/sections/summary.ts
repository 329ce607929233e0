/** The whole report in a few lines. */
import { chiefK } from "../../../pipeline/metrics/verdicts.ts";
import { count, day } from "../../lib/numbers.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { Difference } from "../difference.ts";
import type { RunData } from "../read_run.ts";
import { listed, metricName, percentOf, TARGETS, withInterval } from "../words.ts";

/** How good the model is, on what, and what changed. */
export function summary(run: RunData, difference: Difference | undefined): Section {
  const { evaluation, split, ingest } = run;
  const { model, models, intervals, comparisons, significance, k, users, target } = evaluation;
  const metric = `ndcg@${chiefK(k)}`;
  const said = (verdict: string) =>
    comparisons.filter((each) => each.metric === metric && each.verdict === verdict)
      .map(({ baseline }) => baseline);
  const [above, apart, below] = [said("above"), said("not told apart"), said("below")];
  const words = [
    ...(above.length > 0 ? [`above ${listed(above)}`] : []),
    ...(apart.length > 0 ? [`not told apart from ${listed(apart)}`] : []),
    ...(below.length > 0 ? [`below ${listed(below)}`] : []),
  ];
  const value = withInterval(models[model]?.[metric], intervals[model]?.[metric]);
  const blocks: Block[] = [
    text(
      `${model} reaches ${metricName(metric, evaluation)} ${value} on ${
        TARGETS[target]
      }, as a mean ` +
        `over ${count(users)} customers${words.length === 0 ? "." : `: ${listed(words)}.`} In ` +
        `brackets the ${percentOf(significance.level)} % interval over customers.`,
    ),
    text(
      `Fitted and tested on ${count(ingest.pairs)} pairs of ${count(ingest.users)} customers and ` +
        `${count(ingest.items)} products. The split is ${split.strategy}` +
        `${split.cut === null ? "" : `, held back is what was bought after ${day(split.cut)}`}; ` +
        `leak: ${split.leak.verdict}.`,
    ),
  ];
  if (evaluation.ceiling !== null) {
    blocks.push({ kind: "warning", text: evaluation.ceiling.note });
  }
  if (difference !== undefined) blocks.push(text(changeWords(difference, metric, run)));
  return { id: "summary", title: "In short", blocks };
}

/** So many changed params are named. */
const PARAMS = 5;

function changeWords({ name, stages, metrics }: Difference, metric: string, run: RunData): string {
  const of = (...kinds: string[]) =>
    stages.filter(({ kind }) => kinds.includes(kind)).map(({ stage }) => stage);
  const changed = of("outputs", "new", "gone");
  if (changed.length === 0) {
    const keys = of("key");
    const same = keys.length === 0 ? "" : `; ${listed(keys)} made the same by another key`;
    return `Compared with ${name}, nothing came out otherwise${same}.`;
  }
  const params = stages.filter(({ stage }) => stage !== "export")
    .flatMap(({ stage, lines }) =>
      lines.filter((line) => line.startsWith("param ") && line.includes(" -> "))
        .map((line) => `${stage} ${line.slice(6)}`)
    );
  const more = params.length > PARAMS ? ` and ${params.length - PARAMS} more` : "";
  const which = params.length === 0 ? "" : ` (${params.slice(0, PARAMS).join("; ")}${more})`;
  const found = metrics?.metrics.find((each) => each.metric === metric);
  const verdict = found === undefined
    ? ""
    : ` ${metricName(metric, run.evaluation)} is ${
      found.verdict === "not told apart" ? "not told apart from what it was" : `${found.verdict} it`
    }.`;
  return `Compared with ${name}, ${listed(changed)} gave other outputs${which}.${verdict}`;
}
