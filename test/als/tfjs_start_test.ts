import assert from "node:assert/strict";
import { Pause } from "../../pipeline/kernels/pause.ts";
import type { Problem } from "../../pipeline/als/solver.ts";
import { openBackend } from "../../pipeline/als/tfjs_backends.ts";
import { Scope } from "../../pipeline/als/tfjs_scope.ts";
import { byRow, sidesOf } from "../../pipeline/als/tfjs_side.ts";
import { svdStart } from "../../pipeline/als/tfjs_start.ts";
import { backendsHere } from "./backends_here.ts";
import { problemOf, scores } from "./dense.ts";

/** Three groups of users, each of which bought all of its group's items: a P of rank three. */
function groups(): Problem {
  const entries: [number, number, number][] = [];
  for (let user = 0; user < 12; user++) {
    // The last user and the last item have no entries.
    if (user === 11) continue;
    for (let item = user % 3; item < 9; item += 3) entries.push([user, item, user + 1]);
  }
  return problemOf(12, 10, entries);
}

for (const backend of await backendsHere()) {
  Deno.test(`svd start on ${backend.name}: what has the model's rank is fitted exactly`, async () => {
    const tf = await openBackend(backend, 1);
    const problem = groups();
    const before = tf.memory().numTensors;
    for (const [factors, seed] of [[3, 1], [3, 2], [5, 3]] as const) {
      using scope = new Scope(tf);
      const { users, items } = sidesOf(tf, scope, problem, factors);
      const start = await svdStart(tf, users, items, { factors, seed }, new Pause(undefined));
      const userFactors = await byRow(tf, users, scope.own(start.users));
      const itemFactors = await byRow(tf, items, scope.own(start.items));
      scores(problem, { userFactors, itemFactors }).forEach((score, at) => {
        const [user, item] = [Math.floor(at / 10), at % 10];
        const bought = user < 11 && item < 9 && user % 3 === item % 3 ? 1 : 0;
        assert.ok(Math.abs(score - bought) < 1e-3, `item ${item} for user ${user}: ${score}`);
      });
    }
    assert.equal(tf.memory().numTensors, before);
  });
}
