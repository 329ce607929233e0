/** The rows of a source in SQL: what each column means, and why a row is left out. */
import type { InteractionColumns, ItemFields } from "./columns.ts";
import { type ColumnTypes, quantityOf, textOf, timeOf } from "./values.ts";

/** What of a source says how its rows are read. */
export interface RowSource {
  readonly columns: ColumnTypes;
  /** The columns with their meaning, as found. */
  readonly interactions: InteractionColumns & {
    readonly quantity: string | null;
    readonly time: string | null;
  };
  /** Whose rows are left out. */
  readonly exclusion?: Exclusion | undefined;
}

/** How a row's user is looked up in table `excluded` (key, until): SQL for what may be its key. */
export interface Exclusion {
  readonly keys: readonly string[];
}

/** The names of the item columns in SQL. */
export function itemColumns(attributes: number): string[] {
  return ["name", "brand", ...Array.from({ length: attributes }, (_, at) => `a${at}`)];
}

/** SQL for each item column of `columns`, in the order of `itemColumns`; null where it lacks one. */
export function itemValues(columns: ColumnTypes, fields: ItemFields): string[] {
  const text = (column: string | null) =>
    column !== null && columns.has(column) ? textOf(columns, column) : "NULL";
  const name = fields.name.length > 1
    ? `NULLIF(concat_ws(', ', ${fields.name.map(text).join(", ")}), '')`
    : text(fields.name[0] ?? null);
  return [name, text(fields.brand), ...[...fields.attributes.keys()].map(text)];
}

/** Why a row is left out that could be used: SQL conditions on "user", quantity. */
export interface Rules {
  readonly outlier?: string;
  readonly bot?: string;
}

/**
 * A table expression: "user", item, quantity, "time" as they are used, item columns, reason (null for
 * rows that are usable), and `keep`, SQL on the columns of `scan`.
 */
export function rows(
  { columns, interactions: { user, item, quantity, time }, exclusion }: RowSource,
  scan: string,
  { fields, rules = {}, keep = [] }: {
    readonly fields?: ItemFields;
    readonly rules?: Rules;
    readonly keep?: readonly string[];
  } = {},
): string {
  const names = fields === undefined ? [] : itemColumns(fields.attributes.size);
  const texts = fields === undefined ? [] : itemValues(columns, fields);
  const values = [
    ...keep,
    `${textOf(columns, user)} AS "user"`,
    `${textOf(columns, item)} AS item`,
    `${quantity ? quantityOf(columns, quantity) : "CAST(1 AS DECIMAL(18, 3))"} AS quantity`,
    `${time ? timeOf(columns, time) : "CAST(NULL AS BIGINT)"} AS "time"`,
    ...texts.map((sql, at) => `${sql} AS ${names[at]}`),
  ];
  const excluded = exclusion && excludedBy(exclusion);
  return `(SELECT r.*, CASE WHEN "user" IS NULL THEN 'missing user'
        ${excluded ? `WHEN ${excluded.when} THEN 'excluded user'` : ""}
        WHEN item IS NULL THEN 'missing item'
        WHEN quantity IS NULL THEN 'bad quantity'
        WHEN quantity = 0 THEN 'zero quantity'
        ${time ? `WHEN "time" IS NULL THEN 'unparsable time'` : ""}
        ${rules.outlier ? `WHEN ${rules.outlier} THEN 'outlier quantity'` : ""}
        ${rules.bot ? `WHEN ${rules.bot} THEN 'bot-like user'` : ""} END AS reason
    FROM (SELECT ${values.join(", ")} FROM ${scan}) AS r ${excluded?.join ?? ""})`;
}

/** SQL that joins table `excluded`, and the condition by which a row is left out. */
function excludedBy({ keys }: Exclusion): { readonly join: string; readonly when: string } {
  return {
    join: keys.map((key, n) => `LEFT JOIN excluded AS e${n} ON e${n}.key = ${key}`).join(" "),
    when: keys.map((_, n) =>
      `(e${n}.key IS NOT NULL AND ("time" IS NULL OR e${n}.until IS NULL OR "time" <= e${n}.until))`
    ).join(" OR "),
  };
}
