/**
 * `deno task test:vectors [--model DIR] [--every N] [--index hnsw|halfvec|none]`: a whole model in PostgreSQL with
 * pgvector. Exports it by the command, loads it by psql, twice, compares the top 5 of every user (of every Nth)
 * with the recommender's to the last bit, and measures what the index misses and how long both take.
 */
import assert from "node:assert/strict";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { load } from "../../pipeline/recommender.ts";
import { type Postgres, startPostgres } from "./postgres.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

/** How many users the index is measured by, about. */
const MEASURED = 500;
/** Candidates that the index looks at: pgvector's default, and more. */
const SEARCHED = [40, 100, 200, 400];

const row = z.object({
  customer: z.string(),
  ms: z.number(),
  ids: z.array(z.string()),
  scores: z.array(z.number()),
});
type Row = z.infer<typeof row>;

/** Asks for every so many users, one statement each, its planning included, and takes the time there. */
const MEASURE = `CREATE FUNCTION measure(name text, searched integer, every integer)
RETURNS TABLE (customer text, ms double precision, ids text[], scores double precision[])
LANGUAGE plpgsql AS $$
DECLARE
  began timestamptz;
BEGIN
  PERFORM set_config('hnsw.ef_search', searched::text, true);
  FOR customer IN SELECT id FROM recommender.users WHERE index % every = 0 ORDER BY index LOOP
    began := clock_timestamp();
    EXECUTE format('SELECT array_agg(id ORDER BY rank), array_agg(score ORDER BY rank)
      FROM recommender.%I($1)', name) INTO ids, scores USING customer;
    ms := 1000 * extract(epoch FROM clock_timestamp() - began);
    RETURN NEXT;
  END LOOP;
END $$`;

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: "string", default: "model" },
      every: { type: "string", default: "1" },
      index: { type: "string", default: "hnsw" },
    },
  });
  const dir = await Deno.makeTempDir();
  try {
    let postgres: Postgres;
    try {
      postgres = await startPostgres(dir, join(root, ".bench", "pgvector"));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      say(`skipped: no PostgreSQL with pgvector is to be had here: ${why}`);
      return;
    }
    await using _ = postgres;
    say(postgres.version);
    await compare(postgres, dir, {
      model: resolve(root, values.model),
      every: Number(values.every),
      index: values.index,
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

async function compare(
  postgres: Postgres,
  dir: string,
  { model, every, index }: {
    readonly model: string;
    readonly every: number;
    readonly index: string;
  },
): Promise<void> {
  const recommender = await load(model);
  const { users } = recommender.model;
  const out = join(dir, "vectors");
  await timed("exported", async () => {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["task", "--quiet", "pipeline", "vectors"]
        .concat(["--out", out, "--index", index, "--set", `export.dir=${model}`]),
      cwd: root,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
    say(new TextDecoder().decode(stdout).split("\n")[0]!);
  });
  const script = () => postgres.psql(["-f", "load.sql"], out);
  await timed("loaded and indexed", script);
  await timed("and once more, beside the first", script);
  await postgres.psql(["-c", MEASURE]);
  const ask = async (name: string, searched: number, every: number): Promise<Row[]> => {
    const rows = `measure('${name}', ${searched}, ${every})`;
    const lines = await postgres.psql(["-c", `SELECT row_to_json(each) FROM ${rows} AS each`]);
    return lines.trim().split("\n").map((line) => row.parse(JSON.parse(line)));
  };
  const expected = (user: string) => recommender.recommend(user, 5).items;

  const exact = await ask("recommend", 40, every);
  assert.equal(exact.length, Math.ceil(users.length / every));
  for (const { customer, ids, scores } of exact) {
    const items = expected(customer);
    assert.deepEqual(ids, items.map(({ id }) => id), customer);
    assert.deepEqual(scores, items.map(({ score }) => score), customer);
  }
  say(`top 5 of ${exact.length} users: ids and scores are the recommender's, to the last bit`);
  say(`recommend: ${times(exact)}`);
  if (index === "none") return;
  const some = Math.max(1, Math.floor(users.length / MEASURED));
  for (const searched of SEARCHED) {
    const fast = await ask("recommend_fast", searched, some);
    const [found, wanted] = fast.reduce(([found, wanted], { customer, ids }) => {
      const items = expected(customer);
      return [found + items.filter(({ id }) => ids.includes(id)).length, wanted + items.length];
    }, [0, 0]);
    const recall = (found / wanted).toFixed(4);
    say(`recommend_fast, hnsw.ef_search ${searched}: recall@5 ${recall}, ${times(fast)}`);
  }
}

async function timed(what: string, act: () => Promise<unknown>): Promise<void> {
  const began = performance.now();
  await act();
  say(`${what} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

function times(rows: readonly Row[]): string {
  const sorted = rows.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]!.toFixed(2);
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`;
}

if (import.meta.main) await main(Deno.args);
