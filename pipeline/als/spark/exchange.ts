/** What goes to Spark and comes back: folders of Parquet files. */
import { join } from "node:path";
import { parquetMetadataAsync, parquetRead } from "hyparquet";
import { writeTable } from "../../data/parquet.ts";
import type { Csr } from "../../data/matrix.ts";

/** Entries of one file: a file is what one task of Spark reads. */
const PAIRS_PER_FILE = 1 << 20;

/** MLlib takes an entry of rating 0 for none; a confidence that small does not tell the two apart. */
const SMALLEST = 1e-30;

/**
 * Writes the entries of users x items as `user`, `item` INTEGER (indices) and `rating` FLOAT (the extra
 * confidence) to files in `folder`, which must not exist.
 */
export async function writePairs(
  folder: string,
  { rows, indptr, indices, values }: Csr,
  signal?: AbortSignal,
): Promise<void> {
  await Deno.mkdir(folder);
  let u = 0;
  for (let from = 0, part = 0; from < indices.length; from += PAIRS_PER_FILE, part++) {
    signal?.throwIfAborted();
    const to = Math.min(from + PAIRS_PER_FILE, indices.length);
    const user = new Int32Array(to - from);
    for (let at = from; at < to; at++) {
      while (u < rows && indptr[u + 1]! <= at) u++;
      user[at - from] = u;
    }
    const item = Int32Array.from(indices.subarray(from, to));
    const rating = values.slice(from, to).map((value) => Math.max(value, SMALLEST));
    await writeTable(join(folder, `part-${String(part).padStart(5, "0")}.parquet`), [
      { name: "user", type: "INT32", data: user, nullable: false },
      { name: "item", type: "INT32", data: item, nullable: false },
      { name: "rating", type: "FLOAT", data: rating, nullable: false },
    ]);
  }
}

/**
 * Reads the factors that the job wrote to `folder`: `id`, `f0`, `f1` …, in any order of rows. Returns
 * rows x factors, row-major; rows that Spark has no factors for are zero: all but `present`. Throws
 * `SyntaxError` where the files are other than that.
 */
export async function readFactors(
  folder: string,
  { rows, factors, present }: {
    readonly rows: number;
    readonly factors: number;
    readonly present: number;
  },
): Promise<Float32Array> {
  const out = new Float32Array(rows * factors);
  const names = (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name)
    .filter((name) => name.endsWith(".parquet")).sort();
  let found = 0;
  for (const name of names) found += await readPart(join(folder, name), out, rows, factors);
  if (found === present) return out;
  throw new SyntaxError(
    `${folder} has the factors of ${found} rows, and ${present} have entries: set train.spark.folder ` +
      `to one that this machine and all executors reach under the same path`,
  );
}

/** Puts the factors of one file in their places; returns how many rows it has. */
async function readPart(
  path: string,
  out: Float32Array,
  rows: number,
  factors: number,
): Promise<number> {
  const file = (await Deno.readFile(path)).buffer;
  const metadata = await parquetMetadataAsync(file);
  const ids = new Int32Array(Number(metadata.num_rows));
  let found = 0;
  // Two passes: a column's place in `out` is known once all the ids are.
  const read = (
    columns: string[],
    take: (name: string, data: ArrayLike<unknown>, at: number) => void,
  ) =>
    parquetRead({
      file,
      metadata,
      columns,
      onChunk: ({ columnName, columnData, rowStart }) => take(columnName, columnData, rowStart),
    });
  await read(["id"], (_name, data, start) => {
    for (let at = 0; at < data.length; at++) {
      ids[start + at] = Number(data[at]);
    }
  });
  const stray = ids.find((id) => id < 0 || id >= rows);
  if (stray !== undefined) {
    throw new SyntaxError(`${path} has factors of row ${stray}, and there are ${rows} rows`);
  }
  const columns = Array.from({ length: factors }, (_, f) => `f${f}`);
  await read(columns, (name, data, start) => {
    const f = Number(name.slice(1));
    found++;
    for (let at = 0; at < data.length; at++) {
      out[ids[start + at]! * factors + f] = Number(data[at]);
    }
  });
  if (ids.length > 0 && found < factors) {
    throw new SyntaxError(`${path} has ${found} columns of factors instead of ${factors}`);
  }
  return ids.length;
}
