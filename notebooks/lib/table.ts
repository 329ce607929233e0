/** Tables: HTML for the page, Markdown for a pull request, aligned text for everything else. */
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
  /** As GitHub takes it, without the caption. */
  readonly markdown: string;
}

/** What a reader who hears the page needs beside the cells. */
export interface TableOptions {
  /** Stands above the HTML. */
  readonly caption?: string;
  /** Whether the first column names its row. */
  readonly rowHeaders?: boolean;
}

/**
 * A table of `rows`, each as long as `columns`. Columns that hold a number are aligned to the right;
 * without a format of their own, whole numbers have separators, and others as many decimals as the
 * column's largest leaves worth reading, four at most. Missing values are shown as nothing. Throws
 * `RangeError` where a row has another length.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  options: TableOptions = {},
): Table {
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
  return {
    html: html(names, shown, numeric, options),
    text: text(names, shown, numeric),
    markdown: markdown(names, shown, numeric),
  };
}

/** How the numbers of a column without a format read: all with the same decimals. */
function plain(cells: readonly (Cell | undefined)[]): (value: number) => string {
  const numbers = cells.filter((cell) => typeof cell === "number");
  if (numbers.every(Number.isInteger)) return count;
  const largest = Math.max(...numbers.map(Math.abs));
  const digits = largest < 10 ? 4 : largest < 100 ? 2 : largest < 1000 ? 1 : 0;
  return (value) => fixed(value, digits);
}

/** GitHub keeps the attribute and strips the style; Jupyter's own style beats the attribute. */
const aligned = (side: "left" | "right", more = "") =>
  `align="${side}" style="text-align: ${side}${more}"`;

/** Dates and the like stay in one line. */
const ONE_WORD = /^\S{1,16}$/;

function html(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly boolean[],
  { caption, rowHeaders = false }: TableOptions,
): string {
  // Scopes are said where the table says what it is: a plain one in a notebook needs neither.
  const head = caption === undefined && !rowHeaders ? "" : ` scope="col"`;
  const cell = (tag: string, scope: string, text: string, c: number) =>
    `<${tag}${scope} ${
      aligned(numeric[c] ? "right" : "left", ONE_WORD.test(text) ? "; white-space: nowrap" : "")
    }>${escapeHtml(text)}</${tag}>`;
  const line = (row: readonly string[]) =>
    `<tr>${
      row.map((text, c) =>
        rowHeaders && c === 0 ? cell("th", ` scope="row"`, text, c) : cell("td", "", text, c)
      ).join("")
    }</tr>`;
  const title = caption === undefined ? "" : `\n<caption>${escapeHtml(caption)}</caption>`;
  const heads = columns.map((text, c) => cell("th", head, text, c)).join("");
  return `<table>${title}\n<thead><tr>${heads}</tr></thead>\n<tbody>\n${
    rows.map(line).join("\n")
  }\n</tbody>\n</table>`;
}

function markdown(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly boolean[],
): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeMarkdown).join(" | ")} |`;
  const rule = numeric.map((right) => right ? "--:" : "---");
  return [line(columns), `|${rule.join("|")}|`, ...rows.map(line)].join("\n");
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

/** Text as it may stand in HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** Text as it may stand in a line of Markdown: shown as it is, never markup, a link or a mention. */
export function escapeMarkdown(text: string): string {
  return unlinked(text).replace(/[\\`*_[\]<#|~$&]/g, "\\$&");
}

/** One line in which GitHub calls nobody and makes no link by itself. */
export function unlinked(text: string): string {
  return text.replace(/\s+/g, " ")
    .replace(/@(?=[\w-]+\.\w)|(?<!\w)@(?=\w)|:(?=\/\/)|(?<=www)\./gi, "$&\u200b");
}
