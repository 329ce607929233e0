/** What the oracles said of some cases, kept for those who have no Python. */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Case } from "./cases.ts";
import { libraries } from "./libraries.ts";

/** Cases that are kept. */
export const GOLDEN_CASES = 200;
const path = fileURLToPath(new URL("../golden/ranking_metrics.json", import.meta.url));

const metric = z.enum([
  "map",
  "ndcg",
  "recall",
  "truncatedRecall",
  "precision",
  "hitRate",
  "mrr",
]);

const goldenSchema = z.strictObject({
  /** k, relevant items, list. */
  cases: z.array(z.tuple([z.int(), z.array(z.int()), z.array(z.int())])),
  oracles: z.array(z.strictObject({
    name: z.string(),
    version: z.string(),
    /** By metric of this project: one value a case, to twelve digits. */
    values: z.partialRecord(metric, z.array(z.number())),
  })),
});

export type Golden = z.infer<typeof goldenSchema>;

/** Reads the committed goldens. */
export async function readGolden(): Promise<Golden> {
  return goldenSchema.parse(JSON.parse(await Deno.readTextFile(path)));
}

/** Keeps what the needed oracles said of the first cases, a line each. */
export async function writeGolden(
  cases: readonly Case[],
  answers: ReadonlyMap<
    string,
    { version: string; values: Readonly<Record<string, readonly (number | null)[]>> }
  >,
): Promise<void> {
  const kept = cases.slice(0, GOLDEN_CASES);
  const oracles = libraries.flatMap(({ name, needed, oracleOf }) => {
    const answer = answers.get(name);
    if (!needed || !answer) return [];
    const values = Object.fromEntries(
      Object.entries(oracleOf).map(([of, column]) => [
        of,
        (answer.values[column] ?? []).slice(0, GOLDEN_CASES)
          .map((value) => Number((value ?? NaN).toPrecision(12))),
      ]),
    );
    return [{ name, version: answer.version, values }];
  });
  const line = (value: unknown) => JSON.stringify(value);
  const text = [
    '{ "cases": [',
    kept.map(({ k, relevant, list }) => line([k, relevant, list])).join(",\n"),
    '], "oracles": [',
    oracles.map(line).join(",\n"),
    "] }",
  ].join("\n");
  await Deno.writeTextFile(path, text + "\n");
}
