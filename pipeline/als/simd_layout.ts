/** Where the simd solver's arrays lie: all in the kernels' memory, or those by row outside of it. */
import { cut } from "../kernels/blocks.ts";
import { Layout } from "../kernels/layout.ts";
import { checkMemory, MOST_BYTES } from "../kernels/pool.ts";
import { type OutsideShape, type Place, stagedRoom } from "../kernels/staging.ts";
import { columnStarts, FEWEST_ROWS, longestRow, mostBlocks, rowBytes } from "./simd_blocks.ts";
import type { Problem, ProblemShape } from "./solver.ts";

/** How arrays are laid out, whatever the problem. */
export interface LayoutOptions {
  /** Whether to halve the fixed side's bytes, at a relative 2^-9; "large": where it leaves the caches. */
  readonly packed: "large" | "always" | "never";
  /** How long the kernels' memory may be, in bytes, if not as long as their addresses reach. */
  readonly inside?: number | undefined;
}

/** One side of a problem. */
export interface SideShape {
  readonly name: "user" | "item";
  readonly rows: number;
  /** rows + 1 */
  readonly starts: Uint32Array;
  /** Per row. */
  readonly lambda: Float64Array;
  /** First rows of the blocks (see `cut`), and the number of rows. */
  readonly bounds: Uint32Array;
  /** Whether its whitened factors are kept in half the bytes. */
  readonly packed: boolean;
}

/** Where one side's arrays lie. */
export interface SidePlaces {
  /** `bounds` */
  readonly boundsAt: number;
  /** `starts` */
  readonly indptr: number;
  /** By entry: the row of the other side. */
  readonly index: Place;
  /** By entry: c - 1. */
  readonly extra: Place;
  readonly lambdaAt: number;
  /** rows x k: the factors. */
  readonly x: Place;
  /** rows x k: what the next sweep starts from, extrapolated. */
  readonly e: Place;
}

/** Where the arrays of both sides lie. */
export interface SharedPlaces {
  /** max(rows) x k: the fixed side, whitened, packed or not. */
  readonly w: number;
  /** k x k each: into the whitened system, back, and of the fixed side; packed. */
  readonly into: number;
  readonly back: number;
  readonly whiten: number;
  /** k: the diagonal of the transformed system. */
  readonly diagonal: number;
  /** blocks x k x k */
  readonly grams: number;
  /** blocks x 3, float64 */
  readonly sums: number;
  /** rows, float32: per-row scales of the start. */
  readonly userScale: number;
  readonly itemScale: number;
}

/** A part of the memory that each thread has one of. */
interface PerThread {
  readonly at: number;
  /** A thread. */
  readonly bytes: number;
}

/** The layout of a fit. */
export interface SimdLayout {
  /** Factors as they are kept: whole cache lines of 16, zeros behind the last. */
  readonly k: number;
  /** Longest row of either side. */
  readonly longest: number;
  /** How long the kernels' memory must be. */
  readonly bytes: number;
  /** What does not lie in it. */
  readonly outside: readonly OutsideShape[];
  readonly users: SideShape & SidePlaces;
  readonly items: SideShape & SidePlaces;
  readonly shared: SharedPlaces;
  readonly scratch: PerThread;
  readonly staging: PerThread;
}

/** What a core's own cache holds of the fixed side, in bytes, or nearly. */
const LARGE = 1 << 20;

/**
 * Lays a fit out: all of it inside where that fits. Else factors and pairs lie outside, and inside are
 * the whitened fixed side, arrays of a number a row, and the blocks that threads work on. Which it is
 * changes no byte of the result. Throws `RangeError` where not even that fits.
 *
 * @param scratchBytes what a kernel needs for itself at k factors, given the longest row
 */
export function layOut(
  problem: Problem,
  factors: number,
  threads: number,
  { packed, inside = MOST_BYTES }: LayoutOptions,
  scratchBytes: (k: number, longest: number) => number,
): SimdLayout {
  const k = Math.ceil(factors / 16) * 16;
  const { rows: users, cols: items, indptr, indices } = problem.confidence;
  const pairs = indices.length;
  const shape = (name: SideShape["name"], starts: Uint32Array, lambda: Float64Array): SideShape => {
    const rows = lambda.length;
    const half = packed === "always" || packed === "large" && 4 * k * rows > LARGE;
    // An entry costs three passes of 4 k multiply-adds, a row three triangular products of about k^2.
    const bounds = cut(starts, mostBlocks(rows, pairs, k), FEWEST_ROWS, k / 8);
    return { name, rows, starts, lambda, bounds, packed: half };
  };
  const shapes = [
    shape("user", indptr, problem.userLambda),
    shape("item", columnStarts(indices, items), problem.itemLambda),
  ] as const;
  const longest = Math.max(...shapes.map(({ starts }) => longestRow(starts)));
  const scratch = scratchBytes(k, longest);
  const whole = place(shapes, k, threads, scratch, false);
  const placed = whole.bytes <= inside ? whole : place(shapes, k, threads, scratch, true);
  const what = `A fit of ${users} users, ${items} items, ${pairs} pairs and ${factors} factors ` +
    `on ${threads} threads`;
  checkMemory(placed.bytes, `${what}, its pairs and factors outside,`, inside);
  return { k, longest, ...placed };
}

function place(
  [user, item]: readonly [SideShape, SideShape],
  k: number,
  threads: number,
  scratchBytes: number,
  isOutside: boolean,
): Omit<SimdLayout, "k" | "longest"> {
  const layout = new Layout();
  const outside: OutsideShape[] = [];
  const byRow = (length: number, bytes: number, indptr?: number): Place => {
    if (isOutside) return { outside: outside.push({ length, bytes, indptr }) - 1 };
    // Kernels read on to a multiple of 16 bytes.
    return layout.take(length * bytes + 16);
  };
  const side = (shape: SideShape): SideShape & SidePlaces => {
    const { rows, starts, bounds } = shape;
    const entries = starts[rows]!;
    const boundsAt = layout.take(4 * bounds.length);
    const indptr = layout.take(4 * (rows + 1));
    return {
      ...shape,
      boundsAt,
      indptr,
      index: byRow(entries, 4, indptr),
      extra: byRow(entries, 4, indptr),
      lambdaAt: layout.take(8 * rows),
      x: byRow(rows, 4 * k),
      e: byRow(rows, 4 * k),
    };
  };
  const perThread = (bytes: number): PerThread => {
    const whole = Math.ceil(bytes / 64) * 64;
    return { at: layout.take(threads * whole), bytes: whole };
  };
  const [users, items] = [side(user), side(item)];
  const blocks = Math.max(user.bounds.length, item.bounds.length) - 1;
  const shared = {
    w: layout.take(Math.max(whitenedBytes(user, k), whitenedBytes(item, k))),
    into: layout.take(4 * k * k),
    back: layout.take(4 * k * k),
    whiten: layout.take(4 * k * k),
    diagonal: layout.take(4 * k),
    grams: layout.take(4 * k * k * blocks),
    sums: layout.take(24 * blocks),
    userScale: layout.take(4 * user.rows),
    itemScale: layout.take(4 * item.rows),
  };
  const scratch = perThread(scratchBytes);
  const staging = perThread(isOutside ? Math.max(stagedBytes(user, k), stagedBytes(item, k)) : 0);
  return { bytes: layout.bytes, outside, users, items, shared, scratch, staging };
}

/** What the whitened factors take, or the packed ones that the start needs. */
function whitenedBytes({ rows, packed }: SideShape, k: number): number {
  return (packed ? 2 : 4) * k * rows;
}

/** Room for all four arrays of the largest block. */
function stagedBytes({ bounds, starts }: SideShape, k: number): number {
  let most = 0;
  for (let block = 0; block + 1 < bounds.length; block++) {
    const [first, last] = [bounds[block]!, bounds[block + 1]!];
    const rows = 2 * stagedRoom(4 * k * (last - first));
    most = Math.max(most, rows + 2 * stagedRoom(4 * (starts[last]! - starts[first]!)));
  }
  return most;
}

/** Bytes that a thread takes beside its scratch: a JavaScript engine of its own. */
const THREAD = 1 << 22;

/** About how many bytes a fit takes: what `layOut` places, and threads. */
export function needed({ users, items, pairs, longest, factors, threads }: ProblemShape): number {
  const k = Math.ceil(factors / 16) * 16;
  const most = Math.max(users, items);
  const rows = users + items;
  const sides = rows * (4 + 8 + 4) + rowBytes(rows, 2 * pairs, k);
  const blocks = mostBlocks(most, pairs, k);
  const whitened = Math.min(4 * k * most, 2 * k * most + LARGE / 2);
  const shared = whitened + 4 * k * k * (3 + blocks);
  const scratch = 4 * 41 * k + 8 * (longest + 19);
  const inside = sides + shared + threads * scratch;
  const staging = inside > MOST_BYTES ? rowBytes(most, pairs, k) / blocks : 0;
  return inside + threads * (THREAD + staging);
}
