import assert from "node:assert/strict";
import { parseConfig } from "../../pipeline/commands/load_config.ts";
import { UsageError } from "../../pipeline/errors.ts";

const query = "SELECT user_id, item_id FROM orders";

function refused(source: object): string {
  try {
    parseConfig({ source });
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  throw new Error(`it was taken: ${JSON.stringify(source)}`);
}

Deno.test("a password in the config is refused, whatever it looks like, and not repeated", () => {
  const urls = [
    "postgresql://shop:s3cret@db/shop",
    "mysql://shop:s3cret@db:3306/shop",
    "mysql://:s3cret@db/shop",
    "mariadb://shop:s3cret/@x#?@db/shop",
    "postgresql://shop:s3cret${MORE}@db/shop",
    "postgresql://db/shop?user=x&password=s3cret",
  ];
  for (const url of urls) {
    const message = refused({ interactions: { url, query } });
    assert.match(message, /source\.interactions\.url: .*password/);
    assert.doesNotMatch(message, /s3cret/);
  }
});

Deno.test("placeholders, users and no password are taken", () => {
  for (
    const url of [
      "postgresql://",
      "postgresql://shop@db/shop",
      "postgresql://${PGUSER}@db:5432/shop",
      "mysql://${WHO}:${SECRET}@${HOST}/shop",
      "mariadb://shop:@db/shop?sslmode=disable",
      "${DATABASE_URL}",
    ]
  ) {
    assert.equal(
      parseConfig({ source: { interactions: { url, query } } }).source.interactions.url,
      url,
    );
  }
});

Deno.test("what is set must fit together", () => {
  const url = "postgresql://db/shop";
  assert.match(refused({ interactions: { url } }), /interactions\.query: say what to read/);
  assert.match(refused({ interactions: { query } }), /interactions\.url: say which database/);
  assert.match(refused({ interactions: { url, query, path: "x.csv" } }), /both set/);
  assert.match(refused({ items: { query } }), /items\.url: say which database/);
  assert.match(refused({ interactions: { url: "redis://x", query } }), /write postgresql:/);
  assert.match(refused({ interactions: { url: "mysql://${x", query } }), /write \$\{NAME\}/);
  parseConfig({ source: { interactions: { path: "x.csv" }, items: { url, query } } });
  parseConfig({ source: { interactions: { url, query }, items: { query } } });
});

Deno.test("queries only read", () => {
  const url = "mysql://db/shop";
  const taken = (query: string) => parseConfig({ source: { interactions: { url, query } } });
  for (
    const query of [
      "select 1",
      " -- the orders\n SELECT 1",
      "/* of * all ** */ (SELECT 1)",
      "with a as (select 1) select * from a",
      "# MySQL's\nTABLE orders",
    ]
  ) taken(query);
  for (
    const query of [
      "",
      "  ",
      "DROP TABLE orders",
      "delete from orders",
      "/*! DROP TABLE orders */",
      "/*M!100100 DROP TABLE orders */ select 1",
      "-- select",
      "selection",
      "call f()",
    ]
  ) assert.match(refused({ interactions: { url, query } }), /query: write a SELECT/);
});
