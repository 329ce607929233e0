/** The models by groups of customers and products. */
import { chiefK } from "../../../pipeline/metrics/verdicts.ts";
import type { Evaluation } from "../../../pipeline/mod.ts";
import { figure } from "../../lib/numbers.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { RunData } from "../read_run.ts";
import { metricName, modelNames } from "../words.ts";

type Slice = Evaluation["slices"][number];

const TITLES: Readonly<Record<Slice["by"], string>> = {
  activity: "By how much the customer has bought",
  popularity: "By how popular the product is",
  age: "By how long the product has been sold",
  attribute: "By",
};

/** NDCG of every model in every group; undefined where there are no slices. */
export function slicesSection({ evaluation }: RunData): Section | undefined {
  if (evaluation.slices.length === 0) return undefined;
  const metric = `ndcg@${chiefK(evaluation.k)}`;
  return {
    id: "slices",
    folded: true,
    title: "Where it works, and where not",
    blocks: [
      text(
        "The same lists, judged by groups. Groups are small and many: a difference between two of them is a " +
          "hint where to look, no proof.",
      ),
      ...evaluation.slices.flatMap((slice) => sliceBlocks(slice, metric, evaluation)),
    ],
  };
}

function sliceBlocks(slice: Slice, metric: string, evaluation: Evaluation): Block[] {
  const { by, attribute, unit, definition, groups } = slice;
  const names = modelNames(evaluation);
  const title = attribute === null ? TITLES[by] : `${TITLES[by]} ${attribute}`;
  const table: Block = {
    kind: "table",
    caption: `${metricName(metric, evaluation)}: ${title}`,
    columns: [
      unit ?? attribute ?? "group",
      "customers",
      "relevant pairs",
      ...names.map((name) => ({ name, format: figure })),
    ],
    rows: groups.map((group) => [
      group.name,
      group.users,
      group.relevant,
      ...names.map((name) => group.models[name]?.[metric] ?? null),
    ]),
  };
  return [
    { kind: "heading", text: title },
    text(definition),
    {
      kind: "figure",
      caption: `${metricName(metric, evaluation)} by ${unit ?? attribute ?? "group"}`,
      alt: groups.map((group) =>
        `${group.name}: ${figure(group.models[evaluation.model]?.[metric] ?? 0)}`
      ).join("; "),
      figure: {
        kind: "dots",
        value: metricName(metric, evaluation),
        series: names.map((name) => ({
          name,
          values: groups.flatMap((group) => {
            const y = group.models[name]?.[metric];
            return y === undefined ? [] : [{ x: group.name, y }];
          }),
        })),
      },
    },
    table,
  ];
}
