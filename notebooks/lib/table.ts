/** Tables for notebooks: HTML for the page, aligned text for everything else. */
import { count, fixed } from "./numbers.ts";

export type Cell = string | number | null;

/** A column: its heading, or that and how its numbers read. */
export type Column = string | {
  readonly name: string;
  readonly format: (value: number) => string;
};

export interface Table {
  readonly html: string;
  readonly text: string;
}

/**
 * A table of `rows`, each as long as `columns`. Columns that hold a number are aligned to the right;
 * without a format of their own, whole numbers have separators, and others as many decimals as the
 * column's largest leaves worth reading, four at most. Missing values are shown as nothing. Throws
 * `RangeError` where a row has another length.
 */
export function table(columns: readonly Column[], rows: readonly (readonly Cell[])[]): Table {
  for (const [i, row] of rows.entries()) {
    if (row.length !== columns.length) {
      throw new RangeError(
        `Row ${i} has ${row.length} cells for ${columns.length} columns`,
      );
    }
  }
  const names = columns.map((column) => typeof column === "string" ? column : column.name);
  const numeric = columns.map((_, c) => rows.some((row) => typeof row[c] === "number"));
  const formats = columns.map((column, c) =>
    typeof column === "string" ? plain(rows.map((row) => row[c])) : column.format
  );
  const shown = rows.map((row) =>
    row.map((cell, c) => typeof cell === "number" ? formats[c]!(cell) : cell ?? "")
  );
  return { html: html(names, shown, numeric), text: text(names, shown, numeric) };
}

/** How the numbers of a column without a format read: all with the same decimals. */
function plain(cells: readonly (Cell | undefined)[]): (value: number) => string {
  const numbers = cells.filter((cell) => typeof cell === "number");
  if (numbers.every(Number.isInteger)) return count;
  const largest = Math.max(...numbers.map(Math.abs));
  const digits = largest < 10 ? 4 : largest < 100 ? 2 : largest < 1000 ? 1 : 0;
  return (value) => fixed(value, digits);
}

function html(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly boolean[],
): string {
  const line = (tag: "th" | "td", cells: readonly string[]) =>
    `<tr>${
      cells.map((cell, c) =>
        `<${tag} align="${numeric[c] ? "right" : "left"}">${escape(cell)}</${tag}>`
      ).join("")
    }</tr>`;
  const body = rows.map((row) => line("td", row)).join("\n");
  return `<table>\n<thead>${line("th", columns)}</thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
}

function text(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly boolean[],
): string {
  const widths = columns.map((_, c) => Math.max(...[columns, ...rows].map((r) => r[c]!.length)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, c) => numeric[c] ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!))
      .join("  ").trimEnd();
  return [columns, widths.map((width) => "-".repeat(width)), ...rows].map(line)
    .join("\n");
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

function escape(cell: string): string {
  return cell.replace(
    /[&<>"]/g,
    (character) => entities[character] ?? character,
  );
}
