/** The ingest report for a person: a table of what was read, kept and dropped. */
import type { IngestReport, RowExample } from "./report.ts";

/** Longer values are cut. */
const VALUE_LENGTH = 40;

/** The lines of the table: figure, count, and the first example of what was left out. */
export function reportTable(report: IngestReport): string[] {
  const { rows, dropped, outliers, bots, catalogue, renamed } = report;
  const table: [string, number, string][] = [
    ["rows read", rows.read, ""],
    ["rows kept", rows.kept, ""],
    ["rows dropped", rows.dropped, ""],
  ];
  for (const [reason, { rows, examples }] of Object.entries(dropped)) {
    table.push([`  ${reason}`, rows, place(examples[0])]);
  }
  if (outliers.rows > 0 && outliers.action !== "drop") {
    const what = `more than ${count(outliers.maxQuantity)} pieces, ${
      outliers.action === "cap" ? "capped" : "kept"
    }; ${place(outliers.examples[0])}`;
    table.push(["outlier quantities", outliers.rows, what]);
  }
  if (bots !== null && bots.users > 0) {
    const [first] = bots.examples;
    const what = `more than ${count(bots.maxRowsPerDay)} rows on a day, ${
      bots.action === "drop" ? "dropped" : "kept"
    }; ${first?.user} ${first?.rows} on ${first?.day}`;
    table.push(["bot-like users", bots.users, what]);
  }
  table.push(
    ["users", report.users, ""],
    ["items", report.items, ""],
    ["pairs", report.pairs, "customers and what they bought, net of returns"],
  );
  if (report.returns > 0) table.push(["returns", report.returns, "rows with a negative quantity"]);
  if (report.duplicateRows > 0) {
    table.push(["equal rows", report.duplicateRows, "kept: two order lines, or a fault"]);
  }
  if (renamed.items > 0) {
    table.push(["items with several names", renamed.items, "the latest counts"]);
  }
  if (catalogue !== null) {
    table.push(
      ["catalogue rows", catalogue.rows, `${count(catalogue.dropped)} without an id or broken`],
      ["  never bought", catalogue.neverBought, "left out"],
      ["  missing", catalogue.missing, "bought, kept without a name"],
    );
  }
  const width = Math.max(...table.map(([name]) => name.length));
  const digits = Math.max(...table.map(([, n]) => count(n).length));
  const lines = table.map(([name, n, note]) =>
    `${name.padEnd(width)}  ${count(n).padStart(digits)}  ${note}`.trimEnd()
  );
  if (!report.timed) lines.push("no time column: purchases have no order");
  return lines;
}

function place(example: RowExample | undefined): string {
  if (example === undefined) return "";
  const { file, line, row, ...values } = example;
  const shown = Object.entries(values).map(([name, value]) => `${name} ${cut(value)}`).join(", ");
  return `first: ${file} ${line === undefined ? `row ${row}` : `line ${line}`}: ${shown}`;
}

function cut(value: RowExample[string]): string {
  const text = JSON.stringify(value) ?? "";
  return text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text;
}

function count(n: number): string {
  return n.toLocaleString("en-US");
}
