import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "../support/fast_check.ts";
import type { Interactions } from "../../pipeline/data/interactions.ts";
import type { Item } from "../../pipeline/data/items.ts";
import { interactionsFormat, itemsFormat, usersFormat } from "../../pipeline/data/parquet.ts";
import type { Format } from "../../pipeline/engine/stage.ts";

/** Writes twice and reads: equal bytes, and the value that was read. */
async function roundTrip<T>(format: Format<T>, value: T): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    const [first, second] = [join(folder, "a.parquet"), join(folder, "b.parquet")];
    await format.write(first, value);
    await format.write(second, value);
    assert.deepEqual(await Deno.readFile(first), await Deno.readFile(second));
    return await format.read(first);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function interactions(rows: number, timed: boolean): Interactions {
  const user = Uint32Array.from({ length: rows }, (_, at) => Math.floor(at / 3));
  return {
    users: Math.floor(rows / 3) + 5,
    items: 9,
    user,
    item: Uint32Array.from({ length: rows }, (_, at) => (at % 3) * 4),
    quantity: Float64Array.from({ length: rows }, (_, at) => (at % 7 - 3.5) / 4),
    time: timed ? Float64Array.from({ length: rows }, (_, at) => 1_700_000_000 - at) : undefined,
  };
}

Deno.test("interactions: read back as written, over several chunks", async () => {
  for (const rows of [0, 1, 2048, 5000]) {
    for (const timed of [true, false]) {
      const value = interactions(rows, timed);
      assert.deepEqual(await roundTrip(interactionsFormat, value), value);
    }
  }
});

Deno.test("users: any ids come back, huge and Unicode ones too", async () => {
  const ids = ["", "0", "9".repeat(300), "ÅÄÖ", "a,\"b'", "日本", "🛒", "\n"];
  assert.deepEqual(await roundTrip(usersFormat, ids), ids);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.string({ unit: "grapheme" })), async (list) => {
      assert.deepEqual(await roundTrip(usersFormat, list), list);
    }),
    { numRuns: 10 },
  );
});

Deno.test("items: names, brands and attributes come back, nulls too", async () => {
  const items: Item[] = [
    { id: "1", name: "Sock, grey", brand: null, attributes: { category: "Socks", "a b": null } },
    { id: "2", name: null, brand: "Fjellby", attributes: { category: null, "a b": "x" } },
  ];
  assert.deepEqual(await roundTrip(itemsFormat, items), items);
  assert.deepEqual(await roundTrip(itemsFormat, []), []);
});

Deno.test("items: an attribute named like a fixed column is refused", async () => {
  const item = { id: "1", name: null, brand: null, attributes: { Name: "x" } };
  await assert.rejects(roundTrip(itemsFormat, [item]), /attribute cannot be called "Name"/);
});

Deno.test("tables: what is no table of users is refused with its path and the remedy", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "users.parquet");
    await Deno.writeTextFile(path, "no Parquet at all, but long enough for a footer");
    await assert.rejects(usersFormat.read(path), /users\.parquet is no usable Parquet.*copy it/s);
    await Deno.remove(path);
    await interactionsFormat.write(path, interactions(3, true));
    await assert.rejects(usersFormat.read(path), /no column "index"; it has user, item, time/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
