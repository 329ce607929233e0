/**
 * fast-check with one seed for all properties that name none, so that a change is not refused by
 * what it has nothing to do with. `deno task test --seed random` (or a number) draws other cases; what
 * fails says the seed that it was drawn by.
 */
import fc from "fast-check";

const seed = Deno.env.get("TEST_SEED") ?? "42";
if (seed !== "random") {
  if (!/^\d{1,9}$/.test(seed)) throw new TypeError(`--seed ${seed}: write a number or "random"`);
  fc.configureGlobal({ seed: Number(seed) });
}

export default fc;
