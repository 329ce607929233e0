/** The solver around Spark, with a program that stands in for spark-submit; Spark itself: `task test:spark`. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../../support/fast_check.ts";
import { parquetReadObjects } from "hyparquet";
import { readFactors, writePairs } from "../../../pipeline/als/spark/exchange.ts";
import { lambdaOf, sparkSolver } from "../../../pipeline/als/spark/spark.ts";
import { writeTable } from "../../../pipeline/data/parquet.ts";
import { denseObjective, problemOf } from "../dense.ts";
import { last, options, run } from "../sweeps.ts";

const MANIFEST = { spark: "4.3.0", java: "17", home: null, requirements: "" };

/** Runs `use` with a home of Spark whose spark-submit is a script of Python. */
async function withSubmit(
  script: string,
  use: (solver: ReturnType<typeof sparkSolver>, home: string) => Promise<void>,
) {
  const home = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(home, "manifest.json"), JSON.stringify(MANIFEST));
    const program = join(home, "submit");
    // By a child: were it open for writing here, a process that another test starts at that moment would
    // hold it open too, and a program that somebody writes to cannot be started.
    const write = 'printf "#!/bin/sh\\n%s\\n" "$1" > "$2" && chmod 755 "$2"';
    const { success } = await new Deno.Command("sh", { args: ["-c", write, "sh", script, program] })
      .output();
    assert.ok(success);
    await use(sparkSolver(home, program), home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}

const SESSION = '{"event":"session","application":"app-1","spark":"4.3.0","master":"local[1]"}';

const fitOf = async (...of: Parameters<typeof run>) => last(await run(...of));

/** Two users, two items, all weighted: lambda 0.5 times the entries. */
const problem = problemOf(2, 2, [[0, 0, 3], [0, 1, 1], [1, 1, 2]], [1, 0.5], [0.5, 1]);

/** A folder with the factors that the script hands over as Spark would: last row first, one left out. */
async function factorsOf(folder: string, rows: readonly (readonly [id: number, ...number[]])[]) {
  await Deno.mkdir(folder, { recursive: true });
  await writeTable(join(folder, "part-00000.parquet"), [
    { name: "id", type: "INT32", data: rows.map(([id]) => id), nullable: false },
    ...[1, 2].map((f) => ({
      name: `f${f - 1}`,
      type: "FLOAT" as const,
      data: Float32Array.from(rows, (row) => row[f] ?? 0),
      nullable: false,
    })),
  ]);
}

Deno.test("spark: pairs go out with indices and confidence, nothing at zero", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.tuple(fc.nat(6), fc.nat(8), fc.double({ min: 0, max: 60, noNaN: true })),
          { selector: ([u, i]) => u * 9 + i, minLength: 1 },
        ),
        fc.nat(),
        async (entries, n) => {
          const { confidence } = problemOf(7, 9, entries);
          const out = join(folder, `${n}-${crypto.randomUUID()}`);
          await writePairs(out, confidence);
          const rows: Record<string, unknown>[] = [];
          for await (const { name } of Deno.readDir(out)) {
            rows.push(
              ...await parquetReadObjects({ file: (await Deno.readFile(join(out, name))).buffer }),
            );
          }
          const expected = [...entries].sort((a, b) => a[0] - b[0] || a[1] - b[1])
            .map(([user, item, value]) => ({
              user,
              item,
              rating: Math.fround(Math.max(Math.fround(value), 1e-30)),
            }));
          assert.deepEqual(rows, expected);
        },
      ),
      { numRuns: 30, seed: 1 },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("spark: factors come back by id, rows that it left out are zero", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await factorsOf(folder, [[3, 5, 6], [0, 1, 2]]);
    const of = { rows: 4, factors: 2, present: 2 };
    assert.deepEqual([...await readFactors(folder, of)], [1, 2, 0, 0, 0, 0, 5, 6]);
    await assert.rejects(
      readFactors(folder, { ...of, rows: 3 }),
      /factors of row 3, and there are 3 rows/,
    );
    await assert.rejects(
      readFactors(folder, { ...of, factors: 3 }),
      /2 columns of factors instead of 3|parquet/i,
    );
    // As where executors wrote to folders of their own.
    await assert.rejects(
      readFactors(folder, { ...of, present: 3 }),
      /factors of 2 rows, and 3 have entries: set train\.spark\.folder/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("spark: yields its last sweep, tells of each, and what computed it", async () => {
  const given = await Deno.makeTempDir();
  await factorsOf(join(given, "user"), [[1, 0.5, 0.25], [0, 0.75, 0.5]]);
  await factorsOf(join(given, "item"), [[0, 0.5, 0.5], [1, 0.25, 1]]);
  // The folder of the order is the second of its strings.
  const script = `
for order; do :; done
folder=$(printf %s "$order" | sed 's/.*"folder":"\\([^"]*\\)".*/\\1/')
test -d "$folder/pairs" || exit 9
cp -r ${given}/user ${given}/item "$folder"
echo 'a log line'
echo '${SESSION}'
echo '{"event":"sweep","done":3}'
echo '{"event":"done"}'`;
  try {
    await withSubmit(script, async (solver) => {
      assert.deepEqual(await solver.runtime(), { spark: "4.3.0" });
      const told: number[] = [];
      const all = {
        ...options,
        factors: 2,
        iterations: 4,
        progress: (done: number) => told.push(done),
      };
      const sweep = await fitOf(solver, problem, all);
      assert.equal(sweep.sweep, 4);
      assert.deepEqual([...sweep.userFactors], [0.75, 0.5, 0.5, 0.25]);
      const expected = denseObjective(problem, sweep);
      assert.ok(Math.abs(sweep.objective - expected) < 1e-9 * expected);
      assert.deepEqual(told, [3]);
      assert.deepEqual(sweep.facts, { spark: "4.3.0", application: "app-1", master: "local[1]" });
    });
  } finally {
    await Deno.remove(given, { recursive: true });
  }
});

Deno.test("spark: a failure is told in Spark's words, with its application", async () => {
  const failing: readonly (readonly [script: string, message: RegExp])[] = [
    [
      `echo '${SESSION}'; echo '{"event":"failed","message":"Out of blocks"}'; exit 1`,
      /\(app-1\) failed: Out of blocks/,
    ],
    [
      "echo 'java.net.ConnectException: refused by spark://x:7077' >&2; exit 1",
      /failed: java.net.ConnectException: refused/,
    ],
    [
      `echo '${SESSION}'; echo '{"event":"failed","message":"x.SingularMatrixException: dppsv"}'; exit 1`,
      /SingularMatrixException: dppsv\. .*raise train\.lambda/,
    ],
    ["exit 3", /exit code 3/],
    // It said that it is done, and is not: killed on the way.
    [`echo '${SESSION}'; echo 'Killed'`, /failed: Killed/],
  ];
  for (const [script, message] of failing) {
    await withSubmit(script, async (solver) => {
      await assert.rejects(fitOf(solver, problem, { ...options, factors: 2 }), message);
    });
  }
});

Deno.test("spark: an abort ends the child, and its folder is removed", async () => {
  await withSubmit(
    `echo '${SESSION}'; echo '{"event":"sweep","done":1}'; exec sleep 60`,
    async (solver, home) => {
      const controller = new AbortController();
      const resources = { "spark.master": "local[1]", "spark.recommender.folder": home };
      const fit = fitOf(solver, problem, {
        ...options,
        factors: 2,
        resources,
        signal: controller.signal,
        progress: () => controller.abort(new Error("enough")),
      });
      await assert.rejects(fit, /enough/);
      const left = (await Array.fromAsync(Deno.readDir(home))).map(({ name }) => name).sort();
      assert.deepEqual(left, ["manifest.json", "submit"]);
    },
  );
});

Deno.test("spark: another regularization than weighted, or a start, is refused before it starts", async () => {
  assert.equal(lambdaOf(problem), 0.5);
  await withSubmit("exit 9", async (solver) => {
    const constant = problemOf(2, 2, [[0, 0, 3], [0, 1, 1], [1, 1, 2]], [1, 1], [1, 1]);
    await assert.rejects(
      fitOf(solver, constant, { ...options, factors: 2 }),
      /train.regularization to "weighted"/,
    );
    const start = { userFactors: new Float32Array(4), itemFactors: new Float32Array(4) };
    await assert.rejects(
      fitOf(solver, problem, { ...options, factors: 2, start }),
      /train.init to "fresh"/,
    );
  });
});

Deno.test("spark: where it is not set up, the command is named", async () => {
  await assert.rejects(sparkSolver("/nowhere/spark").runtime(), /deno task setup:spark/);
});
