/**
 * `deno task bench:ingest [--rows 5000000] [--runs 3] [--threads N] [--file F]`: seconds and peak memory of
 * the ingest stage beside plain DuckDB reading the same CSV file, each run a process of its own. The file
 * is generated; with --file it is kept there, and used again where it is there already.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cpuUsage } from "node:process";
import { parseArgs } from "node:util";
import { z } from "zod";
import { openDuckDB } from "../../pipeline/data/duckdb.ts";
import { literal } from "../../pipeline/data/sql.ts";
import { runIngest } from "../support/ingest.ts";

/** What is measured; each is given the file and an open folder. */
const TASKS = {
  generate,
  /** All columns into a table of DuckDB's own. */
  table: (file: string, threads: number) =>
    plain(threads, `CREATE TABLE t AS SELECT * FROM ${read(file)}`),
  /** Net quantities of customers and items: the least that any recommender needs. */
  grouped: (file: string, threads: number) =>
    plain(
      threads,
      `CREATE TABLE t AS SELECT user_id_hash, catalog_item_id,
         sum(TRY_CAST(quantity AS DECIMAL(18, 3))) AS quantity FROM ${read(file)} GROUP BY ALL`,
    ),
  /** The stage: checked, numbered, netted by time, sorted, written as Parquet, reported. */
  async ingest(file: string, threads: number) {
    await using out = await runIngest([file], { threads });
    const { rows } = await out.report.read();
    if (rows.kept === 0) throw new RangeError("nothing was kept");
  },
};
type Task = keyof typeof TASKS;

const measured = z.object({ seconds: z.number(), cpu: z.number(), megabytes: z.number() });

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: "string", default: "5000000" },
      runs: { type: "string", default: "3" },
      threads: { type: "string", default: String(navigator.hardwareConcurrency) },
      file: { type: "string" },
      task: { type: "string" },
    },
  });
  const threads = Number(values.threads);
  if (values.task !== undefined) {
    const task = z.enum(["generate", "table", "grouped", "ingest"]).parse(values.task);
    const started = performance.now();
    await TASKS[task](values.file ?? "", threads, Number(values.rows));
    const seconds = (performance.now() - started) / 1000;
    const { user, system } = cpuUsage();
    say(JSON.stringify({ seconds, cpu: (user + system) / 1e6, megabytes: peakMegabytes() }));
    return;
  }
  const folder = await Deno.makeTempDir({ prefix: "bench_ingest_" });
  try {
    const file = values.file ?? join(folder, "purchases.csv");
    const common = ["--file", file, "--rows", values.rows, "--threads", values.threads];
    if (!await Deno.stat(file).then(() => true, () => false)) await child("generate", common);
    const { size } = await Deno.stat(file);
    say(
      `${values.rows} rows, ${(size / 1e6).toFixed(0)} MB, ${threads} threads, ${values.runs} runs`,
    );
    say("task      best s  median s  CPU s  peak MB");
    for (const task of ["table", "grouped", "ingest"] as const) {
      const runs: z.infer<typeof measured>[] = [];
      for (let run = 0; run < Number(values.runs); run++) runs.push(await child(task, common));
      const seconds = runs.map((run) => run.seconds).sort((a, b) => a - b);
      const cpu = Math.min(...runs.map((run) => run.cpu));
      const peak = Math.max(...runs.map((run) => run.megabytes));
      say(
        task.padEnd(8) + seconds[0]!.toFixed(2).padStart(8) +
          seconds[seconds.length >> 1]!.toFixed(2).padStart(10) + cpu.toFixed(1).padStart(7) +
          peak.toFixed(0).padStart(9),
      );
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs one task in a process of its own: its peak memory is no other's. */
async function child(task: Task, args: readonly string[]): Promise<z.infer<typeof measured>> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    // Deno lets /proc be read only where all is allowed.
    args: ["run", "-q", "--allow-all", fileURLToPath(import.meta.url), "--task", task, ...args],
    stderr: "inherit",
  }).output();
  if (code !== 0) throw new Error(`${task} ended with exit code ${code}`);
  return measured.parse(JSON.parse(new TextDecoder().decode(stdout)));
}

/** Purchases by a few busy and many other customers, one of a thousand quantities in words. */
async function generate(file: string, threads: number, rows: number): Promise<void> {
  const users = Math.ceil(rows / 50);
  const items = Math.min(1_000_000, Math.ceil(rows / 100));
  const draw = (salt: number) => `((hash(n * 7 + ${salt}) % 1000003) / 1000003.0)`;
  await plain(
    threads,
    `COPY (SELECT md5(CAST(u AS VARCHAR)) AS user_id_hash,
        strftime(make_timestamp(t * 1000000), '%Y-%m-%dT%H:%M:%SZ') AS ordered_at,
        CASE WHEN q % 1000 = 0 THEN 'one' WHEN q % 50 = 1 THEN '-1' ELSE CAST(1 + q % 3 AS VARCHAR) END
          AS quantity, i AS catalog_item_id,
        'Merino crew sock, ' || (i % 977) || ' size ' || (i % 13) AS catalog_item_name,
        'Brand ' || (i % 211) AS brand_name, 'Category ' || (i % 31) AS category
      FROM (SELECT CAST(floor(${users} * pow(${draw(1)}, 2)) AS BIGINT) AS u,
        CAST(floor(${items} * pow(${draw(3)}, 3)) AS BIGINT) AS i,
        1704067200 + CAST(hash(n * 7 + 4) % 31536000 AS BIGINT) AS t, hash(n * 7 + 5) AS q
        FROM range(${rows}) AS r(n)))
      TO ${literal(file)} (FORMAT csv, HEADER)`,
  );
}

async function plain(threads: number, sql: string): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "bench_duckdb_" });
  try {
    using db = await openDuckDB({ threads, scratch });
    await db.run(sql);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

function read(file: string): string {
  return `read_csv(${literal(file)}, header = true, all_varchar = true)`;
}

/** The most memory that this process ever held, by the kernel's account; 0 where it keeps none. */
function peakMegabytes(): number {
  try {
    const status = Deno.readTextFileSync("/proc/self/status");
    return Number(status.match(/VmHWM:\s+(\d+) kB/)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) await main();
