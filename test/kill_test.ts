/** A few of the kills of `deno task torture`, on few purchases. */
import assert from "node:assert/strict";
import { CopiedProject } from "./support/copied_project.ts";
import { purchases } from "./support/shop.ts";
import { type Killed, killEverywhere } from "./torture/kill.ts";

for (
  const { signal, only } of [{ signal: "SIGKILL" }, { signal: "SIGINT", only: "split" }] as const
) {
  const where = only ?? "each stage";
  Deno.test(`${signal} in ${where} of the real pipeline: nothing lost, the same model`, async () => {
    await using project = await CopiedProject.create({
      source: { interactions: { path: "data/purchases.csv" } },
      train: { solver: "reference", factors: 2, iterations: 2, earlyStopping: false },
      evaluate: { k: [5] },
    });
    const rows = purchases(200, 60).map(({ user, item }) => `${user},${item},1,Item ${item},B`);
    await project.write(
      "data/purchases.csv",
      ["user_id_hash,catalog_item_id,quantity,catalog_item_name,brand_name", ...rows].join("\n"),
    );
    const seen: Killed[] = [];
    const options = { kills: 1, signal, seed: 4, ...(only === undefined ? {} : { only }) };
    await killEverywhere(project, options, (killed) => seen.push(killed));
    const moments = only !== undefined ? [only] : [
      "ingest",
      "split",
      "train",
      "evaluate",
      "export",
      "between commit and export",
    ];
    assert.deepEqual(seen.map(({ moment }) => moment), moments);
  });
}
