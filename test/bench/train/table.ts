/** The bench's results as aligned text. */
import { table } from "../../../notebooks/lib/table.ts";
import type { CaseResult } from "./results.ts";

/** One case: a row a solver. */
export function caseTable({ name, factors, users, items, interactions, ...rest }: CaseResult) {
  const { target, targetOf, solvers, ratios, quality } = rest;
  const head = `${name}: ${count(users)} users x ${count(items)} items, ${count(interactions)} ` +
    `interactions, ${factors} factors; target ${target?.toFixed(0) ?? "none"} (${targetOf})`;
  const columns = ["solver", "s", "sweeps", "cold s", "objective", "peak MiB", "x simd"];
  if (quality) columns.push(`s to NDCG ${quality.level.toFixed(4)}`, "sweeps to it", "x simd's");
  const rows = solvers.map((one) => {
    const row = [
      ...[one.name, seconds(one.seconds), text(one.iterations), seconds(one.coldSeconds)],
      ...[one.objective?.toFixed(0) ?? "", one.peakMiB?.toFixed(0) ?? ""],
      ratios[one.name]?.toFixed(2) ?? "",
    ];
    if (quality) {
      row.push(seconds(one.quality?.seconds), text(one.quality?.iterations));
      row.push(quality.ratios[one.name]?.toFixed(2) ?? "");
    }
    return row;
  });
  const errors = solvers.flatMap(({ name, error }) => error ? [`${name}: ${error}`] : []);
  return [head, table(columns, rows).text, ...errors, ""].join("\n");
}

function seconds(value: number | null | undefined): string {
  return value?.toFixed(value < 10 ? 3 : 1) ?? "";
}

function text(value: number | null | undefined): string {
  return value?.toString() ?? "";
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
