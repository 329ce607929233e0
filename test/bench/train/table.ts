/** The bench's results as aligned text. */
import { table } from "../../../notebooks/lib/table.ts";
import type { Machine } from "../machine/machine.ts";
import type { CaseResult, ScaleResult, SolverResult } from "./results.ts";
import { sameBytes } from "./scale.ts";
import type { Shares } from "./shares.ts";

/** One case: a row a solver, the errors below. */
export function caseTable(
  { name, factors, users, items, interactions, ...rest }: CaseResult,
  shares: Shares | undefined,
): string {
  const { target, targetOf, solvers, ratios, quality } = rest;
  const head = `${name}: ${count(users)} users x ${count(items)} items, ${count(interactions)} ` +
    `interactions, ${factors} factors; target ${target?.toFixed(0) ?? "none"} (${targetOf})`;
  const columns = ["solver", "seconds", "of runs", "iterations", "cold", "objective", "peak MiB"];
  columns.push("/ simd");
  if (quality) {
    columns.push(`to NDCG ${quality.level.toFixed(4)}`, "iterations to it", "/ simd's");
  }
  const rows = solvers.map((one) => {
    const row = [one.name, seconds(one.seconds), range(one.runs), text(one.iterations)];
    row.push(seconds(one.coldSeconds), one.objective?.toFixed(0) ?? "");
    row.push(one.peakMiB?.toFixed(0) ?? "", ratios[one.name]?.toFixed(2) ?? "");
    if (!quality) return row;
    row.push(seconds(one.quality?.seconds), text(one.quality?.iterations));
    return [...row, quality.ratios[one.name]?.toFixed(2) ?? ""];
  });
  const errors = solvers.flatMap(({ name, error }) => error ? [`${name} FAILED: ${error}`] : []);
  const backends = solvers.flatMap(({ name, runtime }) =>
    runtime?.backend === undefined ? [] : [`${name} ran on ${runtime.backend}`]
  );
  const notes = [shares && sharesLine(shares), memoryLine(solvers), ...backends]
    .filter((line) => line);
  return [head, table(columns, rows).text, ...notes, ...errors, ""].join("\n");
}

/** What the machine can do. */
export function machineTable({ threads, gigaflops, gigabytes }: Machine): string {
  return `${threads} threads: ${gigaflops.toFixed(0)} GFLOP/s of 128-bit multiply-adds, ` +
    `${gigabytes.toFixed(1)} GB/s read from memory\n`;
}

/** The own solver at growing sizes: a row a size. */
export function scaleTable(sizes: readonly ScaleResult[]): string {
  const columns = ["set", "users", "items", "interactions", "sweep s", "ns each", "peak MiB"];
  const rows = sizes.map(({ name, users, items, interactions, ...one }) => [
    ...[name, count(users), count(items), count(interactions), one.sweepSeconds.toFixed(3)],
    ...[one.nanoseconds.toFixed(1), one.peakMiB?.toFixed(0) ?? ""],
  ]);
  const each = sizes.map(({ nanoseconds }) => nanoseconds);
  const spread = (Math.max(...each) / Math.min(...each)).toFixed(2);
  const digests = sizes.filter(({ digests }) => Object.keys(digests).length > 0).map((size) => {
    const [digest = ""] = Object.values(size.digests);
    const threads = Object.keys(size.digests).join(", ");
    if (sameBytes(size)) return `${size.name}: sha256:${digest} by ${threads} threads`;
    return `${size.name} DIFFERS: ${JSON.stringify(size.digests)}`;
  });
  return [table(columns, rows).text, `time each within a factor of ${spread}`, ...digests, ""]
    .join("\n");
}

function sharesLine({ sweepSeconds, startSeconds, ...shares }: Shares): string {
  return `simd: start ${seconds(startSeconds)} s, then ${seconds(sweepSeconds)} s a sweep: ` +
    `${percent(shares.flops)} of the multiply-add peak (${
      percent(shares.flopsOfRun)
    } of the run), ` +
    `${percent(shares.bandwidth)} of the bandwidth if no cache served`;
}

function memoryLine(solvers: readonly SolverResult[]): string | undefined {
  const simd = solvers.find(({ name }) => name === "simd");
  if (!simd?.memory || simd.peakMiB === null || simd.memory.runtimeMiB === null) return undefined;
  const { runtimeMiB, problemMiB } = simd.memory;
  const own = simd.peakMiB - runtimeMiB - problemMiB;
  return `simd's memory: Deno ${runtimeMiB.toFixed(0)} MiB, the matrix ${problemMiB.toFixed(0)}, ` +
    `the solver ${own.toFixed(0)}`;
}

function range(runs: readonly number[]): string {
  if (runs.length === 0) return "";
  return `${seconds(Math.min(...runs))} to ${seconds(Math.max(...runs))} (${runs.length})`;
}

function seconds(value: number | null | undefined): string {
  return value?.toFixed(value < 10 ? 3 : 1) ?? "";
}

function percent(share: number): string {
  return `${(100 * share).toFixed(0)} %`;
}

function text(value: number | null | undefined): string {
  return value?.toString() ?? "";
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}
