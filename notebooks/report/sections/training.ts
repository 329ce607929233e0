/** How the fit went, sweep by sweep. */
import { count, figure } from "../../lib/numbers.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { RunData } from "../read_run.ts";

/** Objective and validation by sweep, and why training stopped. */
export function trainingSection({ history, evaluation }: RunData): Section {
  const { sweeps, chosen, selection, solver, startedFrom } = history;
  const from = startedFrom === undefined ? "" : ` It started from the model ${startedFrom}.`;
  const how = selection === null
    ? "The number of sweeps was given."
    : `The number of sweeps was chosen by ${selection.metric.toUpperCase()} of ${
      count(selection.users)
    } customers ` +
      `on a ${selection.slice} slice of the training part, which that first fit had not seen; then the ` +
      "whole training part was fitted.";
  return {
    id: "training",
    folded: true,
    title: "Training",
    blocks: [
      text(
        `${evaluation.model}, solver ${solver}: the factors of sweep ${chosen} were kept. ${how}${from}`,
      ),
      objective(history),
      ...validation(selection, chosen),
      {
        kind: "details",
        summary: "All sweeps",
        blocks: [{
          kind: "table",
          caption: "Objective and validation by sweep",
          columns: [
            "sweep",
            { name: "objective, whole training part", format: objectiveText },
            { name: "objective, first fit", format: objectiveText },
            { name: "validation NDCG@10, first fit", format: figure },
          ],
          rows: Array.from(
            { length: Math.max(sweeps.length, selection?.sweeps.length ?? 0) },
            (_, n) => [
              `${n + 1}${n + 1 === chosen ? " (kept)" : ""}`,
              sweeps[n]?.objective ?? null,
              selection?.sweeps[n]?.objective ?? null,
              selection?.sweeps[n]?.validation ?? null,
            ],
          ),
        }],
      },
    ],
  };
}

function objectiveText(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 7 });
}

type History = RunData["history"];

function objective({ sweeps, selection }: History): Block {
  const points = (of: History["sweeps"]) =>
    of.map(({ objective }, n) => ({ x: n + 1, y: objective }));
  const series = [
    { name: "whole training part", values: points(sweeps) },
    ...(selection === null ? [] : [{ name: "first fit", values: points(selection.sweeps) }]),
  ];
  return {
    kind: "figure",
    caption: "Objective by sweep: lower is better",
    alt: sweeps.map(({ objective }, n) => `sweep ${n + 1}: ${objectiveText(objective)}`).join("; "),
    figure: { kind: "lines", x: "sweep", y: "objective", series },
  };
}

function validation(selection: History["selection"], chosen: number): Block[] {
  const values = (selection?.sweeps ?? []).flatMap(({ validation }, n) =>
    validation === null ? [] : [{ x: n + 1, y: validation }]
  );
  if (values.length === 0) return [];
  return [{
    kind: "figure",
    caption: "Validation by sweep: it falls where more sweeps only learn the slice's noise",
    alt: values.map(({ x, y }) => `sweep ${x}: ${figure(y)}`).join("; "),
    figure: {
      kind: "lines",
      x: "sweep",
      y: "NDCG@10 on the validation slice",
      series: [{ name: "first fit", values }],
      mark: { x: chosen, says: "kept" },
    },
  }];
}
