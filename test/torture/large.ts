/** How long a run takes that finds nothing to do, with a large input. */
import assert from "node:assert/strict";
import { DuckDBInstance } from "@duckdb/node-api";
import type { CopiedProject } from "../support/copied_project.ts";

/** Seconds. */
export interface NoOp {
  readonly rows: number;
  readonly bytes: number;
  /** The run that made everything. */
  readonly first: number;
  /** The next one, which learns the digests of what that made. */
  readonly second: number;
  /** Median of those after it. */
  readonly noop: number;
  /** Median of `deno run` with an empty module. */
  readonly deno: number;
}

/** Generates purchases (`rows` of them, by DuckDB), runs the pipeline, and times it doing nothing. */
export async function timeNoOp(project: CopiedProject, rows: number): Promise<NoOp> {
  const path = project.path("data/large.csv");
  await Deno.mkdir(project.path("data"), { recursive: true });
  const db = await DuckDBInstance.create(":memory:");
  const connection = await db.connect();
  await connection.run(`
    COPY (
      SELECT
        'user' || hash(i) % ${Math.ceil(rows / 100)} AS user_id_hash,
        100000 + hash(i * 7 + 1) % 5000 AS catalog_item_id,
        1 AS quantity,
        'Item ' || catalog_item_id AS catalog_item_name,
        'Brand' AS brand_name
      FROM range(${rows}) t(i)
    ) TO '${path.replaceAll("'", "''")}' (HEADER)`);
  connection.closeSync();
  db.closeSync();
  await Deno.writeTextFile(project.path("empty.ts"), "");
  const { size: bytes } = await Deno.stat(path);

  const first = await timeRun(project);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const second = await timeRun(project);
  const [noops, starts]: [number[], number[]] = [[], []];
  for (let i = 0; i < 5; i++) {
    noops.push(await timeRun(project));
    const started = performance.now();
    const args = ["run", "--quiet", "--no-check", project.path("empty.ts")];
    assert.ok((await new Deno.Command(Deno.execPath(), { args }).output()).success);
    starts.push(secondsSince(started));
  }
  return { rows, bytes, first, second, noop: median(noops), deno: median(starts) };
}

async function timeRun(project: CopiedProject): Promise<number> {
  const started = performance.now();
  const { code, err } = await project.pipeline("run", "--json");
  assert.equal(code, 0, err);
  return secondsSince(started);
}

function secondsSince(started: number): number {
  return (performance.now() - started) / 1000;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
