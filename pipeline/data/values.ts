/** SQL that reads ids, quantities and times out of the columns of a source. */
import { identifier } from "./sql.ts";

/** DuckDB's type by column name, in the file's order. */
export type ColumnTypes = ReadonlyMap<string, string>;

/** Seconds since 1970 UTC of the first and last moment of the years 1 to 9999. */
const FIRST_SECOND = -62_135_596_800;
const LAST_SECOND = 253_402_300_799;

/** SQL: the column as text, null where it is empty. Whole numbers kept as floats lose their ".0". */
export function textOf(columns: ColumnTypes, column: string): string {
  const name = identifier(column);
  const type = columns.get(column) ?? "VARCHAR";
  const plain = type === "VARCHAR" ? name : `CAST(${name} AS VARCHAR)`;
  const text = /^(FLOAT|DOUBLE|DECIMAL)/.test(type)
    ? `CASE WHEN ${name} = trunc(${name}) AND abs(${name}) < 9007199254740992
       THEN CAST(CAST(${name} AS BIGINT) AS VARCHAR) ELSE ${plain} END`
    : plain;
  // What begins above the space is not empty; trimming each value would cost more than reading it.
  return `CASE WHEN ${plain} >= '!' OR trim(${plain}) <> '' THEN ${text} END`;
}

/** SQL: the column as a quantity to three decimals, null where it is none. */
export function quantityOf(columns: ColumnTypes, column: string): string {
  const name = identifier(column);
  const type = columns.get(column) ?? "VARCHAR";
  const number = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|FLOAT|DOUBLE|DECIMAL|VARCHAR)/.test(type);
  return `TRY_CAST(${number ? name : `CAST(${name} AS VARCHAR)`} AS DECIMAL(18, 3))`;
}

/**
 * SQL: the column as seconds since 1970 UTC, null where it is no time of the years 1 to 9999. Text may
 * be an ISO date or timestamp (UTC unless it says otherwise), or seconds (9-10 digits) or milliseconds
 * (12-13) since 1970.
 */
export function timeOf(columns: ColumnTypes, column: string): string {
  const name = identifier(column);
  const type = columns.get(column) ?? "VARCHAR";
  const seconds = (stamp: string) => `CASE WHEN isfinite(${stamp}) THEN floor(epoch(${stamp})) END`;
  const within = (sql: string) =>
    `CAST(CASE WHEN ${sql} BETWEEN ${FIRST_SECOND} AND ${LAST_SECOND} THEN ${sql} END AS BIGINT)`;
  if (/^(TIMESTAMP|DATE)/.test(type)) return within(seconds(name));
  const text = type === "VARCHAR" ? name : textOf(columns, column);
  const stamp = (text: string) => within(seconds(`TRY_CAST(${text} AS TIMESTAMPTZ)`));
  // `coalesce` looks further only where there is nothing yet.
  return `coalesce(${stamp(text)}, CASE
    WHEN regexp_full_match(trim(${text}), '[0-9]{9,10}') THEN TRY_CAST(${text} AS BIGINT)
    WHEN regexp_full_match(trim(${text}), '[0-9]{12,13}') THEN TRY_CAST(${text} AS BIGINT) // 1000
    ELSE ${stamp(`trim(${text})`)} END)`;
}
