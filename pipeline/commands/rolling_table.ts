/** A rolling origin as a table: the chief figures by cut and model, their spread, what is pooled. */
import type { Rolling } from "../metrics/rolling.ts";
import { chiefK } from "../metrics/verdicts.ts";

/** A table each for MAP at the least k and NDCG at 10, where that is measured, then the comparisons. */
export function rollingTable(rolling: Rolling): string {
  const { k, pooled: { users, values, comparisons, significance }, cuts } = rolling;
  const chief = [...new Set([`map@${Math.min(...k)}`, `ndcg@${chiefK(k)}`])];
  return [
    `Rolling origin: ${cuts.length} cuts, ${values.toLocaleString("en-US")} evaluations of ` +
    `${users.toLocaleString("en-US")} users pooled, ${100 * significance.level} % intervals.`,
    ...chief.map((metric) => figures(metric, rolling)),
    ...(comparisons.length > 0 ? [differences(rolling)] : []),
  ].join("\n\n");
}

function figures(metric: string, { cuts, pooled, model }: Rolling): string {
  const names = Object.keys(pooled.models);
  names.sort((a, b) => Number(b === model) - Number(a === model));
  const rows = cuts.map(({ cut, users, models }) => [
    cut === null ? "" : new Date(cut * 1000).toISOString().slice(0, 10),
    users.toLocaleString("en-US"),
    ...names.map((name) => fixed(models[name]?.[metric])),
  ]);
  const of = (name: string) => pooled.models[name]?.[metric];
  rows.push(["mean", "", ...names.map((name) => fixed(of(name)?.mean))]);
  rows.push(["sd", "", ...names.map((name) => fixed(of(name)?.sd))]);
  rows.push(["pooled", "", ...names.map((name) => fixed(of(name)?.pooled))]);
  for (const [label, at] of [["from", 0], ["to", 1]] as const) {
    rows.push([
      `  ${label}`,
      "",
      ...names.map((name) => fixed(pooled.intervals[name]?.[metric]?.[at])),
    ]);
  }
  return aligned([[metric, "users", ...names], ...rows]);
}

function differences({ model, pooled: { comparisons } }: Rolling): string {
  return aligned([
    [`${model} against`, "", "difference", "from", "to", "p (Holm)", "verdict"],
    ...comparisons.map(({ metric, baseline, difference, interval, adjusted, verdict }) => [
      baseline,
      metric,
      ...[difference, ...interval].map(fixed),
      adjusted < 0.001 ? "< 0.001" : adjusted.toFixed(3),
      verdict,
    ]),
  ]);
}

function fixed(value: number | null | undefined): string {
  return value?.toFixed(4) ?? "-";
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? "").length))
  );
  return rows.map((row) =>
    row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart((widths[at] ?? 0) + 2)
    ).join("").trimEnd()
  ).join("\n");
}
