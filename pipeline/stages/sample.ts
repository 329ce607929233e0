import { sampleSchema } from "../config/sample.ts";
import { trade } from "../data/sample/orders.ts";
import { Random } from "../data/sample/random.ts";
import { openShop, truthOf } from "../data/sample/shop.ts";
import { truthFormat } from "../data/sample/truth.ts";
import { writePurchases } from "../data/sample/write.ts";
import { openDuckDB } from "../data/duckdb.ts";
import { filesFormat } from "../engine/formats.ts";
import { defineStage, type Format } from "../engine/stage.ts";

/** One CSV file, read by path. */
const csvFormat: Format<readonly string[]> = { ...filesFormat, name: "csv", extension: ".csv" };

/** `orders` is the median of a customer's orders. */
const SCALES = {
  small: { users: 2_000, items: 1_200, bots: 3, orders: 6 },
  full: { users: 33_000, items: 30_000, bots: 12, orders: 4.5 },
};

/** Generates a shop's purchases in the replaced service's format, with the truth behind them. */
export const sample = defineStage({
  name: "sample",
  module: import.meta.url,
  summary: "generate the purchases of a sample shop",
  params: sampleSchema,
  inputs: {},
  outputs: { purchases: csvFormat, truth: truthFormat },
  async run({ params: { scale, seed }, outputs, report, threads, scratch }) {
    const size = SCALES[scale];
    const random = new Random(seed);
    const shop = openShop(size, random);
    const lines = trade(shop, size.orders, random);
    using db = await openDuckDB({ threads, scratch });
    await writePurchases(db, outputs.purchases.path, shop, lines);
    report.log(
      `a sample shop (${scale}): ${size.users} customers, ${size.items} products, ` +
        `${lines.user.length} order lines`,
    );
    return {
      purchases: outputs.purchases.done(),
      truth: await outputs.truth.write(truthOf(shop)),
    };
  },
});
