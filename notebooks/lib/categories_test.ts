import assert from "node:assert/strict";
import { categoryOf } from "./categories.ts";

const item = (attributes: Record<string, string | null>, n = 0) => ({
  id: String(n),
  name: null,
  brand: null,
  attributes,
});

Deno.test("categoryOf takes the attribute with the most values that are still an overview", () => {
  const items = Array.from({ length: 200 }, (_, n) =>
    item({
      department: String(n % 4),
      product_category: n % 10 === 0 ? null : String(n % 30),
      package: String(n),
      rare: n < 50 ? String(n % 40) : null,
    }, n));
  const category = categoryOf(items);
  assert.deepEqual([category?.column, category?.label], ["product_category", "product category"]);
  assert.deepEqual([category?.of(items[0]!), category?.of(items[1]!)], [null, "1"]);
});

Deno.test("categoryOf finds none where no attribute groups", () => {
  assert.equal(categoryOf([]), undefined);
  assert.equal(categoryOf([item({ colour: "red" }), item({ colour: "red" })]), undefined);
});
