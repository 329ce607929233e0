/** Formats of the tables that stages hand on, as Parquet. Equal values give equal bytes. */
import { type FileMetaData, parquetMetadataAsync, parquetRead } from "hyparquet";
import { type ColumnSource, parquetWriteBuffer } from "hyparquet-writer";
import type { Format } from "../engine/stage.ts";
import type { Interactions } from "./interactions.ts";
import type { Item } from "./items.ts";
import type { Facts } from "./sql.ts";
import { ITEM_COLUMNS, readItems, readUsers } from "./tables.ts";

/** The facts of a table of interactions. */
export function interactionFacts(users: number, items: number, timed: boolean): Facts {
  return { users, items, timed: timed ? 1 : 0 };
}

/** Purchases: user, item INTEGER (indices), time BIGINT (seconds, or all null), quantity DOUBLE. */
export const interactionsFormat: Format<Interactions> = {
  name: "interactions",
  version: 1,
  extension: ".parquet",
  async write(path, { users, items, user, item, quantity, time }) {
    const seconds = time === undefined
      ? new Array<null>(user.length).fill(null)
      : BigInt64Array.from(time, BigInt);
    await writeTable(path, [
      { name: "user", type: "INT32", data: Int32Array.from(user), nullable: false },
      { name: "item", type: "INT32", data: Int32Array.from(item), nullable: false },
      { name: "time", type: "INT64", data: seconds, nullable: time === undefined },
      { name: "quantity", type: "DOUBLE", data: quantity, nullable: false },
    ], interactionFacts(users, items, time !== undefined));
  },
  async read(path) {
    const file = (await Deno.readFile(path)).buffer;
    const metadata = await parquetMetadataAsync(file);
    const rows = Number(metadata.num_rows);
    const user = new Uint32Array(rows);
    const item = new Uint32Array(rows);
    const quantity = new Float64Array(rows);
    const time = fact(path, metadata, "timed") === 1 ? new Float64Array(rows) : undefined;
    const columns = new Map<string, Uint32Array | Float64Array>([
      ["user", user],
      ["item", item],
      ["quantity", quantity],
      ...(time ? [["time", time] as const] : []),
    ]);
    await parquetRead({
      file,
      metadata,
      columns: [...columns.keys()],
      onChunk({ columnName, columnData, rowStart }) {
        const target = columns.get(columnName);
        if (target === undefined) return;
        for (let at = 0; at < columnData.length; at++) {
          target[rowStart + at] = Number(columnData[at]);
        }
      },
    });
    const users = fact(path, metadata, "users");
    return { users, items: fact(path, metadata, "items"), user, item, quantity, time };
  },
};

/** Ids by user index: index INTEGER, id VARCHAR. */
export const usersFormat: Format<readonly string[]> = {
  name: "users",
  version: 1,
  extension: ".parquet",
  read: readUsers,
  write: (path, users) => writeTable(path, [indexColumn(users.length), textColumn("id", users)]),
};

/** Items by index: index INTEGER, id, name, brand and the attributes of the first item VARCHAR. */
export const itemsFormat: Format<readonly Item[]> = {
  name: "items",
  version: 1,
  extension: ".parquet",
  read: readItems,
  async write(path, items) {
    const attributes = Object.keys(items[0]?.attributes ?? {});
    for (const name of attributes) {
      if (ITEM_COLUMNS.includes(name.toLowerCase())) {
        throw new TypeError(`An item attribute cannot be called "${name}": give it another name`);
      }
    }
    await writeTable(path, [
      indexColumn(items.length),
      textColumn("id", items.map(({ id }) => id)),
      textColumn("name", items.map(({ name }) => name)),
      textColumn("brand", items.map(({ brand }) => brand)),
      ...attributes.map((column) =>
        textColumn(column, items.map(({ attributes }) => attributes[column] ?? null))
      ),
    ]);
  },
};

function indexColumn(rows: number): ColumnSource {
  const data = Int32Array.from({ length: rows }, (_, at) => at);
  return { name: "index", type: "INT32", data, nullable: false };
}

function textColumn(name: string, data: readonly (string | null)[]): ColumnSource {
  return { name, type: "STRING", data: [...data], nullable: true };
}

/** Writes the columns of a table, all of one length, and `facts` in its footer. */
export async function writeTable(
  path: string,
  columnData: ColumnSource[],
  facts: Facts = {},
): Promise<void> {
  const kvMetadata = Object.entries(facts).map(([key, value]) => ({ key, value: String(value) }));
  const buffer = parquetWriteBuffer({ columnData, kvMetadata, rowGroupSize: 100_000 });
  await Deno.writeFile(path, new Uint8Array(buffer), { createNew: true });
}

function fact(path: string, metadata: FileMetaData, name: string): number {
  const found = metadata.key_value_metadata?.find(({ key }) => key === name)?.value;
  const value = found === undefined ? NaN : Number(found);
  if (Number.isInteger(value)) return value;
  throw new SyntaxError(`${path} does not say its number of ${name}: run the pipeline again`);
}
