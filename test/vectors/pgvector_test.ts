/** The export in PostgreSQL with pgvector: lists by SQL beside those of the recommender. */
import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../support/fast_check.ts";
import { z } from "zod";
import type { Model } from "../../pipeline/als/model.ts";
import { Recommender } from "../../pipeline/recommender.ts";
import type { UserFilter } from "../../pipeline/filters.ts";
import { storable } from "../../pipeline/vectors/copy.ts";
import { writeVectors } from "../../pipeline/vectors/write.ts";
import { modelOf } from "../support/shop.ts";
import { type Outcome, rowsOf, runSteps, type Step } from "./database.ts";

const listed = z.object({
  rank: z.number(),
  kind: z.enum(["personalized", "popular"]),
  id: z.string(),
  name: z.string().nullable(),
  brand: z.string().nullable(),
  attributes: z.record(z.string(), z.string()),
  score: z.number(),
});

/** Names and ids that break what is escaped badly; all of them can be stored. */
function hostileModel(): Model {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom("\\", "\t", "\n", "\r", "'", '"', "N", ".", "$", "{", "}", ",", " "),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
    maxLength: 12,
  }).map(storable);
  const ids = fc.sample(fc.uniqueArray(text, { minLength: 260, maxLength: 260 }), {
    numRuns: 1,
    seed: 5,
  })[0]!;
  const texts = fc.sample(text, { numRuns: 200, seed: 6 });
  const model = modelOf({ users: 60, items: 200, integerItemIds: false });
  const { cols, data } = model.itemFactors;
  // Equal factors: ties, which the index decides.
  for (let i = 20; i < 60; i++) data.copyWithin(i * cols, 19 * cols, 20 * cols);
  return {
    ...model,
    users: ids.slice(0, 60),
    items: model.items.map((item, at) => ({
      ...item,
      id: ids[60 + at]!,
      name: item.name === null ? null : texts[at]!,
      brand: at % 5 === 0 ? null : at % 3 === 0 ? "\\N" : item.brand,
      attributes: { ...item.attributes, [texts[3]!]: texts[at]! },
    })),
  };
}

Deno.test("PostgreSQL with pgvector gives the recommender's own lists", async (t) => {
  const dir = await Deno.makeTempDir();
  const hostile = hostileModel();
  const next = modelOf({ users: 30, items: 50, seed: 3 });
  const write = (name: string, model: Model, index: "hnsw" | "halfvec" | "none") =>
    writeVectors(join(dir, name), model, { schema: "recommender", index });
  await write("hostile", hostile, "hnsw");
  await write("next", next, "halfvec");
  await write("exact", next, "none");
  await write("broken", next, "none");
  const seen = join(dir, "broken", "seen.copy");
  await Deno.writeTextFile(seen, await Deno.readTextFile(seen) + "no row\n");

  const steps: Step[] = [];
  const checks: [string, (outcomes: Outcome[]) => void][] = [];
  /** The step's outcome goes to `check`, in a test step of this name. */
  const step = (name: string, of: Step, check: (outcome: Outcome) => void) => {
    const at = steps.push(of) - 1;
    checks.push([name, (outcomes) => check(outcomes[at]!)]);
  };
  const call = "SELECT * FROM recommender.recommend($1, $2, $3, $4)";
  const works = (outcome: Outcome) => void rowsOf(outcome, z.unknown());
  const lists = (name: string, model: Model, n: number, filter: UserFilter = {}, sql = call) => {
    const users = [...model.users, "nobody"];
    const { brands = null, attributes } = filter;
    const json = attributes === undefined ? null : JSON.stringify(attributes);
    step(name, { sql, each: users.map((user) => [user, n, brands, json]) }, (outcome) => {
      const recommender = new Recommender(model);
      const expected = users.flatMap((user) => {
        const { kind, items } = recommender.recommend(user, n, filter);
        return items.map((item, at) => ({
          ...{ rank: at + 1, kind },
          ...{ ...item, attributes: withoutNulls(item.attributes) },
        }));
      });
      assert.deepEqual(rowsOf(outcome, listed), expected);
    });
  };
  const refused = (pattern: RegExp) => (outcome: Outcome) =>
    assert.match("error" in outcome ? outcome.error : "no error", pattern);

  step("a foreign schema", { exec: "CREATE SCHEMA recommender" }, works);
  step(
    "is not replaced",
    { load: join(dir, "exact") },
    refused(/schema recommender is none that holds a recommender model/),
  );
  step("once it is gone", { exec: "DROP SCHEMA recommender" }, works);
  step("a model is loaded", { load: join(dir, "hostile") }, works);
  lists("top 5 of all users, and of one who is unknown", hostile, 5);
  lists("all items that are left", hostile, 1000);
  const [odd = ""] = Object.keys(hostile.items[0]!.attributes).slice(1);
  const of = hostile.items.slice(0, 90).map(({ attributes }) => attributes[odd]!);
  lists("of two brands", hostile, 5, { brands: ["\\N", "Brand 1"] });
  lists("of attributes", hostile, 5, { attributes: { category: ["Socks", "?"], [odd]: of } });
  lists("of an attribute that no item has", hostile, 5, { attributes: { constructor: ["x"] } });
  lists(
    "by the index where it reads all",
    hostile,
    5,
    {},
    call.replace("recommend(", "recommend_fast("),
  );
  step("a role", {
    exec: `CREATE ROLE shop; GRANT USAGE ON SCHEMA recommender TO shop;
      GRANT SELECT ON ALL TABLES IN SCHEMA recommender TO shop;
      PREPARE again AS SELECT count(*)::integer AS n FROM recommender.recommend('user000001', 5)`,
  }, works);
  const digest = `SELECT obj_description('recommender'::regnamespace, 'pg_namespace') AS "of"`;
  step("a load that fails", { load: join(dir, "broken") }, refused(/invalid input syntax/));
  lists("leaves what answers", hostile, 5);
  step("the next model is loaded", { load: join(dir, "next") }, works);
  step("for the same role", { exec: "SET ROLE shop" }, works);
  lists("and answers", next, 5);
  lists(
    "also by its index",
    next,
    5,
    {},
    call.replace("recommend(", "recommend_fast("),
  );
  step("also to who prepared a query before", { sql: "EXECUTE again" }, (outcome) => {
    assert.deepEqual(rowsOf(outcome, z.object({ n: z.number() })), [{ n: 5 }]);
  });
  step("as owner", { exec: "RESET ROLE" }, works);
  step("a view of somebody else's", {
    exec: "CREATE VIEW mine AS SELECT id FROM recommender_previous.items",
  }, works);
  step("is not dropped", { load: join(dir, "exact") }, refused(/other objects depend on/));
  step("once it is gone", { exec: "DROP VIEW mine" }, works);
  step("no index is loaded", { load: join(dir, "exact") }, works);
  lists("and needs none", next, 5);
  step("the schema says which model it is", { sql: digest }, (outcome) => {
    const [row] = rowsOf(outcome, z.object({ of: z.string() }));
    assert.match(row!.of, /^A recommender model: /);
  });

  const outcomes = await runSteps(dir, steps);
  for (const [name, check] of checks) await t.step(name, () => check(outcomes));
  await Deno.remove(dir, { recursive: true });
});

function withoutNulls(of: Readonly<Record<string, string | null>>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(of).filter(([, value]) => value !== null));
}
