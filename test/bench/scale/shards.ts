/** A model cut by user: every shard has all items and a part of the users. */
import { createHash } from "node:crypto";
import type { Model } from "../../../pipeline/als/model.ts";
import type { Csr, Dense } from "../../../pipeline/data/matrix.ts";

/** Which of `shards` parts a user belongs to, from 0: by a hash of the id, the same everywhere. */
export function shardOf(user: string, shards: number): number {
  return createHash("sha256").update(user).digest().readUInt32BE(0) % shards;
}

/** The part `shard` of `shards` of a model. Popularity stays that of all: who is unknown gets the same list. */
export function cut(model: Model, shard: number, shards: number): Model {
  const rows: number[] = [];
  model.users.forEach((user, row) => {
    if (shardOf(user, shards) === shard) rows.push(row);
  });
  return {
    ...model,
    users: rows.map((row) => model.users[row]!),
    userFactors: denseRows(model.userFactors, rows),
    seen: sparseRows(model.seen, rows),
    confidence: model.confidence && entriesOf(model.confidence, model.seen, rows),
  };
}

function denseRows({ cols, data }: Dense, rows: readonly number[]): Dense {
  const part = new Float32Array(rows.length * cols);
  rows.forEach((row, at) => part.set(data.subarray(row * cols, (row + 1) * cols), at * cols));
  return { rows: rows.length, cols, data: part };
}

function sparseRows(seen: Csr, rows: readonly number[]): Csr {
  const indptr = new Uint32Array(rows.length + 1);
  rows.forEach((row, at) => {
    indptr[at + 1] = indptr[at]! + seen.indptr[row + 1]! - seen.indptr[row]!;
  });
  return {
    rows: rows.length,
    cols: seen.cols,
    indptr,
    indices: Uint32Array.from(entriesOf(seen.indices, seen, rows)),
    values: Float32Array.from(entriesOf(seen.values, seen, rows)),
  };
}

/** What stands at the entries of these rows. */
function entriesOf<T extends Uint32Array | Float32Array>(
  values: T,
  { indptr }: Csr,
  rows: readonly number[],
): T {
  const keep = new Uint8Array(values.length);
  for (const row of rows) keep.fill(1, indptr[row]!, indptr[row + 1]!);
  return values.filter((_: number, at: number) => keep[at] === 1) as T;
}
