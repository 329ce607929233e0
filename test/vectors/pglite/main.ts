/**
 * PostgreSQL with pgvector in this process. `main.ts FILE`: FILE holds steps, a JSON array. For each, one line of
 * JSON comes out: `{"rows"}`, or `{"error"}` where it failed, after which the next one runs.
 *
 * - `{"load": DIR}`: what `psql -f load.sql` does in DIR.
 * - `{"sql", "params"}`: a query. With `"each"`, an array of params, the query for each: `{"rows"}` of all.
 * - `{"exec": TEXT}`: statements without rows.
 */
import { PGlite } from "@electric-sql/pglite";
import { vector } from "@electric-sql/pglite-pgvector";

type Step =
  | { load: string }
  | { sql: string; params?: unknown[]; each?: unknown[][] }
  | { exec: string };

const database = await PGlite.create({ extensions: { vector } });

/** psql's commands in these scripts: `\set`, `\ir`, `\copy`. */
async function script(dir: string, name: string): Promise<void> {
  const text = await Deno.readTextFile(`${dir}/${name}`);
  let sql = "";
  for (const line of text.split("\n")) {
    if (!line.startsWith("\\")) {
      sql += line + "\n";
      continue;
    }
    await database.exec(sql);
    sql = "";
    const include = /^\\ir (\S+)$/.exec(line)?.[1];
    const copy = /^\\copy (.+) FROM '([^']+)' (.*)$/.exec(line);
    if (include !== undefined) await script(dir, include);
    else if (copy !== null) {
      const [, table, file, how] = copy;
      const blob = new Blob([await Deno.readFile(`${dir}/${file}`)]);
      await database.query(`COPY ${table} FROM '/dev/blob' ${how}`, [], { blob });
    } else if (!line.startsWith("\\set ")) throw new Error(`What is ${line}?`);
  }
  await database.exec(sql);
}

async function run(step: Step): Promise<unknown[]> {
  if ("load" in step) await script(step.load, "load.sql");
  else if ("exec" in step) await database.exec(step.exec);
  else {
    const rows: unknown[] = [];
    for (const params of step.each ?? [step.params ?? []]) {
      rows.push(...(await database.query(step.sql, params)).rows);
    }
    return rows;
  }
  return [];
}

for (const step of JSON.parse(await Deno.readTextFile(Deno.args[0])) as Step[]) {
  try {
    console.log(JSON.stringify({ rows: await run(step) }));
  } catch (error) {
    console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    // A load that failed leaves its transaction open.
    await database.exec("ROLLBACK").catch(() => {});
  }
}
await database.close();
Deno.exit(0);
