/** Tables for notebooks: HTML for the page, aligned text for everything else. */

export type Cell = string | number | null;

export interface Table {
  readonly html: string;
  readonly text: string;
}

/**
 * A table of `rows`, each as long as `columns`. Columns that hold a number are aligned to the
 * right. Throws `RangeError` where a row has another length.
 */
export function table(
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): Table {
  for (const [i, row] of rows.entries()) {
    if (row.length !== columns.length) {
      throw new RangeError(
        `Row ${i} has ${row.length} cells for ${columns.length} columns`,
      );
    }
  }
  const numeric = columns.map((_, c) => rows.some((row) => typeof row[c] === "number"));
  const shown = rows.map((row) => row.map(format));
  return {
    html: html(columns, shown, numeric),
    text: text(columns, shown, numeric),
  };
}

/** Numbers with four significant decimals at most, missing values as nothing. */
function format(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "string") return cell;
  return cell.toLocaleString("en-US", {
    minimumFractionDigits: Number.isInteger(cell) ? 0 : 4,
    maximumFractionDigits: 4,
  });
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
