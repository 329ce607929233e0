/** Quoting for DuckDB's SQL, and how it is told to write the tables that `parquet.ts` reads. */

/** What a table's footer says of it besides its columns. */
export type Facts = Readonly<Record<string, number>>;

/** `text` as an SQL string. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `name` as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A path as an SQL string. DuckDB expands globs; the engine has done so, and names may hold such marks. */
export function exactly(path: string): string {
  return literal(path.replace(/[*?[]/g, "[$&]"));
}

/** SQL that writes the rows of `select` to `path`, in its order, with `facts` in the footer. */
export function copyToParquet(select: string, path: string, facts: Facts = {}): string {
  const entries = Object.entries(facts).map(([k, v]) => `${identifier(k)}: ${literal(String(v))}`);
  const metadata = entries.length > 0 ? `, KV_METADATA {${entries.join(", ")}}` : "";
  // Snappy: what the readers without DuckDB know.
  return `COPY (${select}) TO ${literal(path)} (FORMAT parquet, COMPRESSION snappy${metadata})`;
}
