/**
 * Logistic matrix factorisation on real purchases beside popularity and beside the same model of
 * `implicit`, all ranked and measured by the project's own code:
 *
 *   deno task bench:lmf [--runs 3] [--threads 2] [--python python3] [--only journey,beauty]
 *
 * The number of sweeps comes from the validation slice of the training part, as in the train stage. What
 * is not there (../shared/data, Python with implicit 0.7.3) is skipped with its reason.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { fit, type FitParams } from "../../pipeline/als/fit.ts";
import { confidenceOf } from "../../pipeline/als/weights.ts";
import { popularity } from "../../pipeline/baselines/popularity.ts";
import type { Factors } from "../../pipeline/data/formats.ts";
import { pairs } from "../../pipeline/data/interactions.ts";
import type { Csr } from "../../pipeline/data/matrix.ts";
import { meanNdcg } from "../../pipeline/metrics/ranking.ts";
import { testSet } from "../../pipeline/metrics/test_set.ts";
import { validationSlice, validator } from "../../pipeline/stages/validation.ts";
import { TopKPool } from "../../pipeline/topk/pool.ts";
import { beauty, completeJourney, type Parts, summaryOf } from "./lmf_data.ts";

const { values: args } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    threads: { type: "string", default: "2" },
    python: { type: "string", default: "python3" },
    only: { type: "string", default: "journey,beauty" },
  },
});
const threads = Number(args.threads);
const runs = Number(args.runs);

/** What the rival says of one fit. */
const figures = z.object({
  version: z.string(),
  seconds: z.number(),
  iterations: z.int(),
  factors: z.int(),
  columns: z.int(),
});

const common: Omit<FitParams, "factors" | "lambda" | "halfLife"> = {
  model: "lmf",
  solver: "simd",
  iterations: 20,
  seed: 42,
  alpha: 1,
  weight: "log1p",
  cap: 10,
  regularization: "constant",
  nu: 1,
  alpha0: 0.1,
  popularityExponent: 0,
  trend: null,
};

/** Chosen on the validation slice; the test part was measured once. */
const cases: Readonly<
  Record<string, { readonly parts: () => Promise<Parts | undefined>; readonly params: FitParams }>
> = {
  journey: {
    parts: completeJourney,
    params: { ...common, factors: 64, lambda: 10, halfLife: 56 },
  },
  beauty: {
    parts: beauty,
    params: { ...common, factors: 128, lambda: 3, halfLife: null },
  },
};

for (const [name, { parts, params }] of Object.entries(cases)) {
  if (!args.only.split(",").includes(name)) continue;
  const data = await parts();
  if (data === undefined) say(`${name}: skipped: ../shared/data is not there`);
  else await measure(name, data, params);
}

async function measure(name: string, data: Parts, params: FitParams): Promise<void> {
  using pool = new TopKPool(threads);
  const bought = pairs(data.train);
  const { users, relevant } = testSet(bought, pairs(data.test), "new");
  const ndcg = async ({ user, item }: Factors): Promise<string> => {
    const candidates = { pairs: bought, mode: "without" } as const;
    const lists = await pool.topK({ users: user, items: item, rows: users, k: 10, candidates });
    return meanNdcg(lists, relevant, 10).toFixed(4);
  };
  say(`${name}: ${users.length} users tested, ${bought.indices.length} pairs in training`);
  say(`  popularity: NDCG@10 ${await ndcg(popularity(bought))}`);

  const slice = validationSlice(data.train, summaryOf(data), params.seed);
  if (slice === undefined) throw new RangeError(`Nobody can be validated on in ${name}`);
  const validate = validator(slice, params, pool, new AbortController().signal);
  const { history } = await fit(slice.fit, params, { validate, threads });
  const sweeps = history.chosen;
  const best = history.sweeps[sweeps - 1]?.validation?.toFixed(4);
  say(`  validation slice: NDCG@10 ${best} after ${sweeps} sweeps of ${history.sweeps.length}`);

  const seconds: number[] = [];
  let factors: Factors | undefined;
  for (let run = 0; run < runs; run++) {
    const began = performance.now();
    ({ factors } = await fit(data.train, params, { sweeps, threads }));
    seconds.push((performance.now() - began) / 1000);
  }
  if (factors === undefined) throw new RangeError("Give --runs a count from 1");
  const median = seconds.sort((a, b) => a - b)[seconds.length >> 1] ?? NaN;
  say(
    `  lmf, ${params.factors} factors: NDCG@10 ${await ndcg(factors)}, ${sweeps} sweeps in ` +
      `${median.toFixed(2)} s (median of ${runs})`,
  );
  await rival(confidenceOf(data.train, params), ndcg);
}

/** The same matrix by `implicit` with its defaults. */
async function rival(matrix: Csr, ndcg: (factors: Factors) => Promise<string>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(
      join(folder, "shape.u32"),
      bytes(Uint32Array.of(matrix.rows, matrix.cols)),
    );
    await Deno.writeFile(join(folder, "indptr.u32"), bytes(matrix.indptr));
    await Deno.writeFile(join(folder, "indices.u32"), bytes(matrix.indices));
    await Deno.writeFile(join(folder, "values.f32"), bytes(matrix.values));
    const seconds: number[] = [];
    let said: ReturnType<typeof parse> | undefined;
    for (let run = 0; run < runs; run++) {
      const { success, stdout, stderr } = await python(folder);
      if (!success) {
        const reason = new TextDecoder().decode(stderr).trim().split("\n").at(-1);
        say(`  implicit: skipped: ${reason}; name a Python with implicit 0.7.3 by --python`);
        return;
      }
      said = parse(new TextDecoder().decode(stdout));
      seconds.push(said.seconds);
    }
    if (said === undefined) return;
    const read = async (side: string, rows: number) => ({
      rows,
      cols: said.columns,
      data: new Float32Array((await Deno.readFile(join(folder, `${side}.f32`))).buffer),
    });
    const factors = {
      user: await read("user", matrix.rows),
      item: await read("item", matrix.cols),
    };
    const median = seconds.sort((a, b) => a - b)[seconds.length >> 1] ?? NaN;
    say(
      `  implicit ${said.version}, ${said.factors} factors: NDCG@10 ${await ndcg(factors)}, ` +
        `${said.iterations} iterations in ${median.toFixed(2)} s (median of ${runs})`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function python(folder: string): Promise<Deno.CommandOutput> {
  const script = fileURLToPath(new URL("./lmf_rival.py", import.meta.url));
  const env = { OPENBLAS_NUM_THREADS: "1", OMP_NUM_THREADS: args.threads };
  try {
    return await new Deno.Command(args.python, { args: [script, folder, args.threads], env })
      .output();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const stderr = new TextEncoder().encode(`there is no ${args.python}`);
    return { success: false, code: 1, signal: null, stdout: new Uint8Array(), stderr };
  }
}

function parse(text: string) {
  return figures.parse(JSON.parse(text));
}

function bytes({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
