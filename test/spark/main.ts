/**
 * `deno task test:spark`: what only Spark itself can show. The same objective as the embedded solver, a
 * real standalone cluster that loses a worker while it trains, a cancel that leaves nothing behind, the
 * pipeline's command line. Skipped, with the reason, where Spark or Java is not there.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { simd } from "../../pipeline/als/simd.ts";
import type { Problem, Solver, SolverOptions, Sweep } from "../../pipeline/als/solver.ts";
import { spark } from "../../pipeline/als/spark/spark.ts";
import { csrFromEntries } from "../../pipeline/data/matrix.ts";
import { startCluster, whyNoSpark } from "./cluster.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** How far the objectives of two solvers may lie apart. */
const TOLERANCE = 0.005;

const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(line + "\n"));

/** 3,000 users, 800 items of which some are bought much, weighted regularization. */
function shop(): Problem {
  const random = xoroshiro128plus(5);
  const [user, item]: [number[], number[]] = [[], []];
  for (let u = 0; u < 3000; u++) {
    const bought = Array.from({ length: 15 }, () => Math.floor(800 * uniformFloat64(random) ** 2));
    for (const i of new Set(bought)) {
      user.push(u);
      item.push(i);
    }
  }
  const confidence = csrFromEntries(3000, 800, user, item);
  confidence.values.fill(10);
  const [userLambda, itemLambda] = [new Float64Array(3000), new Float64Array(800)];
  for (const u of user) userLambda[u]! += 0.5;
  for (const i of item) itemLambda[i]! += 0.5;
  return {
    confidence,
    userLambda: userLambda.map((value) => value || 1),
    itemLambda: itemLambda.map((value) => value || 1),
  };
}

const options: SolverOptions = { factors: 16, iterations: 25, seed: 3, threads: 2 };

async function fit(solver: Solver, problem: Problem, more: Partial<SolverOptions>): Promise<Sweep> {
  let last: Sweep | undefined;
  for await (const sweep of solver.solve(problem, { ...options, ...more })) last = sweep;
  assert.ok(last);
  return last;
}

const on = (master: string) => ({
  "spark.master": master,
  "spark.executor.memory": "512m",
  "spark.cores.max": "2",
});

function assertSame(a: Sweep, b: Sweep): void {
  assert.deepEqual(a.userFactors, b.userFactors);
  assert.deepEqual(a.itemFactors, b.itemFactors);
}

async function show(folder: string): Promise<void> {
  const problem = shop();
  const here = await fit(spark, problem, { resources: on("local[2]") });
  const other = await fit(simd, problem, {});
  const apart = Math.abs(here.objective - other.objective) / other.objective;
  assert.ok(apart < TOLERANCE, `objectives ${here.objective} and ${other.objective}`);
  say(`objective of Spark and simd: ${(100 * apart).toFixed(3)} % apart`);

  await using cluster = await startCluster(folder, 2);
  const whole = await fit(spark, problem, { resources: on(cluster.master) });
  assertSame(whole, here);
  say(`${whole.facts?.application} on one master and two workers: the bits of local[2]`);

  let killed = false;
  const survived = await fit(spark, problem, {
    resources: on(cluster.master),
    progress(done) {
      if (killed || done < 3) return;
      killed = true;
      cluster.kill(0);
    },
  });
  assert.ok(killed, "no worker was killed: the job told of no sweep");
  assertSame(survived, whole);
  say(`${survived.facts?.application}: a worker killed after 3 sweeps, the same bits`);

  const controller = new AbortController();
  const resources = { ...on("local[2]"), "spark.recommender.folder": folder };
  await assert.rejects(
    fit(spark, problem, {
      resources,
      signal: controller.signal,
      progress: () => controller.abort(new Error("cancelled")),
    }),
    /cancelled/,
  );
  // The JVM has the order on its command line, and Python ends soon after it.
  for (let waited = 0; (await commandsWith(folder)).length > 0; waited++) {
    assert.ok(waited < 240, `left behind: ${(await commandsWith(folder)).join("; ")}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  say("cancelled after a sweep: no process and no file is left");

  await assert.rejects(
    fit(spark, problem, { resources: on("spark://127.0.0.1:1") }),
    (error: Error) => {
      assert.match(error.message, /^Spark at "spark:\/\/127.0.0.1:1"/);
      say(`a master that is not there: ${error.message.slice(0, 120)}`);
      return true;
    },
  );
  await pipeline(folder);
  await contract();
}

/** What every solver keeps to, beside the dense solution: a JVM for each fit, so some minutes. */
async function contract(): Promise<void> {
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["test", "--no-prompt", "--allow-read", "--allow-write", "--allow-env", "--allow-sys"],
      ...["--allow-run", "test/spark/contract.ts"],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const told = new TextDecoder().decode(stdout);
  assert.equal(code, 0, told);
  const [passed = ""] = /\d+ passed/.exec(told) ?? [];
  assert.notEqual(passed, "", told);
  say(`the contract of the solvers: ${passed}`);
}

/** The command line, as a user has it, to the exported model. */
async function pipeline(folder: string): Promise<void> {
  const config = join(folder, "pipeline.json");
  const train = {
    solver: "spark",
    regularization: "weighted",
    lambda: 0.05,
    earlyStopping: false,
    iterations: 3,
    spark: { master: "local[2]" },
  };
  const dir = join(folder, "model");
  await Deno.writeTextFile(config, JSON.stringify({ train, export: { dir, refit: false } }));
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "pipeline", "--config", config, "--store", join(folder, "store")],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  }).output();
  const told = new TextDecoder().decode(stderr);
  assert.equal(code, 0, told);
  assert.match(told, /[123]\/3 sweep/);
  const { versions } = JSON.parse(await Deno.readTextFile(join(dir, "manifest.json")));
  assert.match(versions.application, /^local-\d+$/);
  say(`the pipeline exports a model that says: ${JSON.stringify(versions)}`);
}

/** Command lines of running processes that have an order for `folder`. */
async function commandsWith(folder: string): Promise<string[]> {
  const { stdout } = await new Deno.Command("ps", { args: ["-eo", "args"] }).output();
  return new TextDecoder().decode(stdout).split("\n")
    .filter((command) => command.includes(`"folder":"${folder}`));
}

if (import.meta.main) {
  const lacking = await whyNoSpark();
  if (lacking !== undefined) say(`skipped: ${lacking}`);
  else {
    const folder = await Deno.makeTempDir({ prefix: "test-spark-" });
    try {
      await show(folder);
      say("all shown");
    } catch (error) {
      say(`failed: ${error instanceof Error ? error.stack : String(error)}`);
      Deno.exitCode = 1;
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}
