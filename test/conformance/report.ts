/** The result of a run, as text. */
import { tiedScores, workedExamples } from "./cases.ts";
import { type Conformity, type Reported, TOLERANCE } from "./compare.ts";
import { columns } from "./libraries.ts";

export interface Result {
  readonly cases: number;
  readonly seed: number;
  readonly conformity: readonly Conformity[];
  /** What each library reports for the same lists, this project first. */
  readonly libraries: readonly {
    readonly name: string;
    readonly version: string;
    readonly reported: readonly Reported[];
  }[];
  /** How lists come to the oracles. */
  readonly brought: readonly { readonly library: string; readonly as: string }[];
  /** Items of equal scores in the order of those that rank by themselves. */
  readonly ties: readonly { readonly library: string; readonly order: readonly number[] }[];
  readonly missing: readonly {
    readonly library: string;
    readonly needed: boolean;
    readonly reason: string;
  }[];
}

/** Whether nothing differs and every oracle that is needed was there. */
export function conforms({ conformity, missing }: Result): boolean {
  return conformity.every(({ above }) => above === 0) && !missing.some(({ needed }) => needed);
}

/** The text that a person reads. */
export function reportText(result: Result): string {
  const { cases, seed, conformity, brought, missing } = result;
  const lines = [
    `${cases} random cases of seed ${seed}; a difference is more than ${TOLERANCE}.`,
    "",
    ...table([
      ["metric", "oracle", "its name", "largest difference", "differences"],
      ...conformity.map(({ metric, oracle, column, largest, above }) => [
        metric,
        oracle,
        column,
        largest === null ? "left out" : largest.toExponential(1),
        String(above),
      ]),
    ]),
    "",
    "Scores descend strictly in the order of a list, which is cut at k. A list comes to",
    ...brought.map(({ library, as }) => `  ${library}: ${as}`),
    "",
    "What each reports for the same lists (-: has no such metric, or leaves the user out):",
  ];
  workedExamples.forEach(({ what }, n) => {
    lines.push("", `${what}:`, ...reports(result, (of) => of.worked[n] ?? null));
  });
  lines.push("", `Mean over the ${cases} cases:`, ...reports(result, (of) => of.mean), "");
  for (const { name, reported } of result.libraries) {
    for (const { column, others, why } of reported) {
      if (why !== null) lines.push(`${name}, ${column}: differs in ${others} cases: ${why}`);
    }
  }
  lines.push("", ...ties(result));
  for (const { library, needed, reason } of missing) {
    lines.push(`${library} is missing${needed ? ", and needed" : ""}: ${reason}`);
  }
  const differences = conformity.reduce((sum, { above }) => sum + above, 0);
  lines.push(
    "",
    `${differences} differences: ${conforms(result) ? "conforms" : "does not conform"}`,
  );
  return lines.join("\n");
}

function reports(
  { libraries }: Result,
  value: (of: Reported) => number | null,
): string[] {
  return table([
    ["", ...columns],
    ...libraries.map(({ name, version, reported }) => [
      `${name} ${version}`.trim(),
      ...columns.map((column) => {
        const of = reported.find((one) => one.column === column);
        return (of ? value(of) : null)?.toFixed(4) ?? "-";
      }),
    ]),
  ]);
}

function ties({ ties }: Result): string[] {
  const scores = tiedScores.map(([item, score]) => `${item}: ${score}`).join(", ");
  return [
    `Ties are brought to nobody above. Left to themselves with the scores ${scores} they rank`,
    ...ties.map(({ library, order }) => `  ${library}: ${order.join(" ")}`),
  ];
}

/** Rows of cells in columns, the first row underlined. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]!.length)));
  const text = rows.map((row) =>
    row.map((cell, c) => cell.padEnd(widths[c]!)).join("  ").trimEnd()
  );
  return [text[0] ?? "", widths.map((width) => "-".repeat(width)).join("  "), ...text.slice(1)];
}
