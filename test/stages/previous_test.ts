import assert from "node:assert/strict";
import type { Model } from "../../pipeline/als/model.ts";
import { trainSchema } from "../../pipeline/config/train.ts";
import type { Reporter } from "../../pipeline/engine/effects.ts";
import { train } from "../../pipeline/stages/train.ts";
import { DAY, groups, summary } from "../support/groups.ts";
import { runStage } from "../support/run_stage.ts";
import { modelOf } from "../support/shop.ts";

const { threads: _, ...params } = trainSchema.parse({
  factors: 4,
  iterations: 6,
  alpha: 5,
  lambda: 0.5,
});

/** A model of the shop of `groups` that knows of purchases until a day. */
function exported(untilDay: number | undefined, factors = 4): Model {
  const model = modelOf({ users: 30, items: 30, factors, seed: 9 });
  const fittedUntil = untilDay === undefined
    ? undefined
    : new Date(untilDay * DAY * 1000).toISOString();
  const manifest = { ...model.manifest, model: `sha256:${"a".repeat(64)}`, fittedUntil };
  return { ...model, manifest };
}

/** Trains on the last export `previous`; 90 days of purchases, the last 15 are to validate on. */
async function trainOn(previous: Model | undefined, more: Partial<typeof params> = {}) {
  const lines: string[] = [];
  const report: Reporter = { log: (line) => void lines.push(line), progress() {} };
  const { users, items } = exported(0);
  await using outputs = await runStage(train, {
    params: { ...params, init: "previous", ...more },
    inputs: {
      train: groups(true),
      split: { ...summary("temporal"), cut: 90 * DAY },
      previous,
      users,
      items,
    },
    report,
  });
  const [factors, history] = [await outputs.factors.read(), await outputs.history.read()];
  return { factors, history, log: lines.join("\n") };
}

Deno.test("train: it starts from the last export where that has not seen what it is measured by", async () => {
  const fresh = await trainOn(undefined);
  assert.match(fresh.log, /there is no earlier export to start from/);
  assert.equal(fresh.history.startedFrom, undefined);
  const before = exported(74);
  const both = await trainOn(before);
  assert.match(
    both.log,
    /validation slice starts from the export sha256:a{12}, which has 29 of 30/,
  );
  assert.match(both.log, /test part starts from the export/);
  assert.equal(both.history.startedFrom, before.manifest.model);
  assert.notDeepEqual(both.factors, fresh.factors);

  // It knows the validation slice: the sweeps are chosen without it, as if it were not there.
  const part = await trainOn(exported(90));
  assert.match(part.log, /until 1970-04-01T00:00:00.000Z, may have seen the validation slice/);
  assert.match(part.log, /test part starts from the export/);
  assert.deepEqual(part.history.selection, fresh.history.selection);
  assert.notDeepEqual(part.factors, fresh.factors);

  for (const knowing of [exported(91), exported(undefined)]) {
    const none = await trainOn(knowing);
    assert.match(none.log, /may have seen the test part: .* afresh/);
    assert.deepEqual(none.factors, fresh.factors);
    assert.deepEqual(none.history, fresh.history);
  }
});

Deno.test("train: lmf goes on from lmf, biases included", async () => {
  const before = exported(74, 6);
  const manifest = { ...before.manifest, biasColumns: 2, params: { model: "lmf" } } as const;
  const lmf = { model: "lmf", solver: "simd" } as const;
  const { factors, history, log } = await trainOn({ ...before, manifest }, lmf);
  assert.match(log, /test part starts from the export/);
  assert.equal(history.startedFrom, manifest.model);
  assert.equal(factors.item.cols, 6);
  assert.notDeepEqual(factors, (await trainOn(undefined, lmf)).factors);
  await assert.rejects(trainOn(exported(74), lmf), /is of the model "als", train\.model is "lmf"/);
});

Deno.test("train: an export of another kind, width or state is refused, with the remedy", async () => {
  await assert.rejects(trainOn(exported(74, 5)), /has 5 factors, train\.factors is 4: set .* to 5/);
  const model = exported(74);
  const other = { ...model, manifest: { ...model.manifest, params: { model: "lmf" } } };
  await assert.rejects(trainOn(other), /is of the model "lmf", train\.model is "als"/);
  const folder = await Deno.makeTempDir();
  try {
    const { users, items } = model;
    const inputs = { train: groups(true), split: summary("temporal"), users, items };
    await assert.rejects(
      runStage(train, {
        params: { ...params, init: "previous" },
        inputs: { ...inputs, previous: folder },
      }),
      (error: Error & { remedy?: string }) => {
        assert.match(error.message, /The last export is not usable: There is no model/);
        assert.match(error.remedy ?? "", /Move that folder away, or set train\.init to "fresh"/);
        return true;
      },
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
