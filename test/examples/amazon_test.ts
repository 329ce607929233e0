import assert from "node:assert/strict";
import { toCsv } from "../../examples/amazon.ts";

Deno.test("amazon: each item of a line is a purchase, in the order of its days", () => {
  assert.deepEqual(toCsv("1 5 7\n2 5\n\n").split("\n"), [
    "user_id,item_id,time",
    "1,5,1000000000",
    "1,7,1000086400",
    "2,5,1000000000",
    "",
  ]);
});

Deno.test("amazon: what is no such line is named", () => {
  for (const line of ["1", "1 a", "1,2,3"]) {
    assert.throws(() => toCsv(`3 4\n${line}\n`), /line 2 is not a user and items/);
  }
});
