/** Objective against seconds, drawn by the notebooks' picture layer in a process of its own. */
import { fileURLToPath } from "node:url";
import type { CaseResult } from "./results.ts";

/** How far an objective is above the best of its case, in percent, as a Vega-Lite specification. */
export function chartOf(cases: readonly CaseResult[]): Record<string, unknown> {
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: "Objective against seconds",
      subtitle: "Percent above the lowest objective of the case, from the matrix in memory",
    },
    data: { values: chartPoints(cases) },
    facet: { field: "case", type: "nominal", columns: 2, sort: null },
    spec: {
      width: 320,
      height: 200,
      mark: { type: "line", point: { size: 18 }, strokeWidth: 1.5 },
      encoding: {
        x: { field: "seconds", type: "quantitative", scale: { type: "log" } },
        y: { field: "above", type: "quantitative", scale: { type: "log" }, title: "% above" },
        color: { field: "solver", type: "nominal", sort: null },
      },
    },
    resolve: { scale: { x: "independent", y: "independent" } },
  };
}

/** One point of the chart. */
export interface ChartPoint {
  readonly case: string;
  readonly solver: string;
  readonly seconds: number;
  /** Percent above the best of the case. */
  readonly above: number;
}

/** Every traced iteration but the best of each case, which a logarithm has no place for. */
export function chartPoints(cases: readonly CaseResult[]): ChartPoint[] {
  return cases.flatMap(points);
}

function points({ name, factors, solvers }: CaseResult): ChartPoint[] {
  const all = solvers.flatMap(({ trace }) => trace.map(({ objective }) => objective));
  const best = Math.min(...all);
  return solvers.flatMap(({ name: solver, trace }) =>
    trace.map(({ seconds, objective }) => ({
      case: `${name}, ${factors} factors`,
      solver,
      seconds,
      above: 100 * (objective / best - 1),
    })).filter(({ above }) => above > 0)
  );
}

/** Writes the chart as PNG to `path`. Throws `Error` with the picture layer's words where it cannot. */
export async function drawChart(cases: readonly CaseResult[], path: string): Promise<void> {
  const config = fileURLToPath(new URL("../../../notebooks/deno.json", import.meta.url));
  const draw = fileURLToPath(new URL("../../../notebooks/lib/draw.ts", import.meta.url));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--frozen", "--config", config, "--allow-read", "--allow-env"],
      ...["--allow-sys", "--allow-ffi", `--allow-write=${path}`, draw, path],
    ],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode(JSON.stringify(chartOf(cases))));
  await input.close();
  const { success, stderr } = await child.output();
  if (success) return;
  throw new Error(`The chart was not drawn: ${new TextDecoder().decode(stderr).trim()}`);
}
