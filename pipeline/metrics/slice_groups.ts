/** Groups that a test set is cut into: of users, or of the items that are relevant to them. */
import { type Csr, rowIndices } from "../data/matrix.ts";

/** Whole numbers, both of the group. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** What a group holds: a range, an attribute's value, the rest of them, what has none, or what training does not know. */
export type GroupKind = "range" | "value" | "other" | "missing" | "unknown";

export interface GroupName {
  readonly name: string;
  readonly kind: GroupKind;
  /** Of a range; else null. */
  readonly from: number | null;
  readonly to: number | null;
}

/** One group with those who are judged in it. */
export interface SliceGroup extends GroupName {
  /** Positions of its users in the test set, ascending. */
  readonly rows: Uint32Array;
  /** Row `n`: the relevant items of test user `rows[n]` that belong to the group. */
  readonly relevant: Csr;
}

/** A group by a range, named by it. */
export function rangeGroup({ from, to }: Range): GroupName {
  return { name: from === to ? String(from) : `${from} to ${to}`, kind: "range", from, to };
}

/** A group that is no range. */
export function namedGroup(kind: Exclude<GroupKind, "range">, name: string): GroupName {
  return { name, kind, from: null, to: null };
}

/**
 * At most `count` ranges that share the values out as evenly as equal values let them, which are never
 * parted; ascending. Each ends where its quantile does, and begins at the next value that there is.
 */
export function quantileRanges(values: Uint32Array, count: number): Range[] {
  const sorted = values.toSorted();
  const ranges: Range[] = [];
  let at = 0;
  for (let q = 1; q <= count && at < sorted.length; q++) {
    const to = sorted[Math.ceil(sorted.length * q / count) - 1]!;
    if (to < sorted[at]!) continue;
    ranges.push({ from: sorted[at]!, to });
    while (at < sorted.length && sorted[at]! <= to) at++;
  }
  return ranges;
}

/** The range that `value` lies in; -1 where there is none. */
export function rangeOf(ranges: readonly Range[], value: number): number {
  return ranges.findIndex(({ from, to }) => value >= from && value <= to);
}

/** Users in groups, each with all that is relevant to them. `groupOf`: users of the test set. */
export function groupUsers(
  relevant: Csr,
  groupOf: Int32Array,
  names: readonly GroupName[],
): SliceGroup[] {
  const rows: number[][] = names.map(() => []);
  groupOf.forEach((group, row) => rows[group]?.push(row));
  return names.map((name, group) => {
    const of = Uint32Array.from(rows[group]!);
    const indptr = new Uint32Array(of.length + 1);
    of.forEach((row, n) => indptr[n + 1] = indptr[n]! + rowIndices(relevant, row).length);
    const indices = new Uint32Array(indptr[of.length]!);
    of.forEach((row, n) => indices.set(rowIndices(relevant, row), indptr[n]!));
    return { ...name, rows: of, relevant: matrix(of.length, relevant.cols, indptr, indices) };
  });
}

/** Relevant items in groups, each with the users who have some. `groupOf`: items; -1: in none. */
export function groupItems(
  relevant: Csr,
  groupOf: Int32Array,
  names: readonly GroupName[],
): SliceGroup[] {
  const rows: number[][] = names.map(() => []);
  const ends: number[][] = names.map(() => [0]);
  const items: number[][] = names.map(() => []);
  for (let row = 0; row < relevant.rows; row++) {
    for (const item of rowIndices(relevant, row)) {
      const group = groupOf[item]!;
      if (group < 0) continue;
      const [users, end, its] = [rows[group]!, ends[group]!, items[group]!];
      its.push(item);
      if (users.at(-1) !== row) {
        users.push(row);
        end.push(0);
      }
      end[users.length] = its.length;
    }
  }
  return names.map((name, group) => ({
    ...name,
    rows: Uint32Array.from(rows[group]!),
    relevant: matrix(
      rows[group]!.length,
      relevant.cols,
      Uint32Array.from(ends[group]!),
      Uint32Array.from(items[group]!),
    ),
  }));
}

function matrix(rows: number, cols: number, indptr: Uint32Array, indices: Uint32Array): Csr {
  return { rows, cols, indptr, indices, values: new Float32Array(indices.length).fill(1) };
}
