import assert from "node:assert/strict";
import { z } from "zod";
import { itemsFormat } from "../../pipeline/mod.ts";
import { query } from "./query.ts";

Deno.test("query asks Parquet files by the names that it is given", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const items = `${folder}/it's.parquet`;
    await itemsFormat.write(items, [
      { id: "b", name: "Mug", brand: null, attributes: {} },
      { id: "a", name: "Cup", brand: null, attributes: {} },
    ]);
    const rows = await query(
      "SELECT id, name FROM things ORDER BY id",
      z.object({ id: z.string(), name: z.string() }),
      { things: items },
    );
    assert.deepEqual(rows, [{ id: "a", name: "Cup" }, { id: "b", name: "Mug" }]);
    const wrong = query("SELECT id FROM things", z.object({ id: z.number() }), { things: items });
    await assert.rejects(wrong, /expected number/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
