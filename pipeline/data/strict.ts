/** `--strict`: no row may be dropped. */
import type { DroppedRow } from "./dropped.ts";

/** Throws `SyntaxError` that names the place of `row`, and what else would be dropped. */
export function refuse(row: DroppedRow, counts: Readonly<Record<string, number>>): never {
  const where = [row.file, `${row.unit} ${row.place}`];
  if (row.column !== null) where.push(`column "${row.column}"`);
  const value = row.column === null || row.reason === "broken line"
    ? (row.value ?? "")
    : JSON.stringify((row.value ?? "").slice(0, 80));
  const total = Object.values(counts).reduce((sum, n) => sum + n, 0);
  throw new SyntaxError(
    `${
      where.join(", ")
    }: ${row.reason} (${value}). --strict lets no row be dropped, and ${total} ` +
      `would be: ${reasonList(counts)}. Correct the file, or run without --strict`,
  );
}

/** "3 bad quantity, 1 missing user". */
export function reasonList(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts).map(([reason, rows]) => `${rows} ${reason}`).join(", ");
}
