import assert from "node:assert/strict";
import { parseConfig } from "../../pipeline/commands/load_config.ts";
import { atCut, earlierCuts } from "../../pipeline/config/cuts.ts";
import { UsageError } from "../../pipeline/errors.ts";

const rolling = (overrides: unknown[], cuts = overrides.length + 1) => ({
  split: { strategy: "temporal", rolling: { cuts, everyDays: 35, overrides } },
  train: { alpha: 2, trend: { halfLife: 7, weight: 0.5 } },
});

Deno.test("a cut has what its override says, all else from the config, objects key by key", () => {
  const config = parseConfig(rolling([
    { train: { lambda: 9, trend: { weight: 2 } } },
    {},
    { train: { trend: null } },
  ]));
  const cuts = [0, 1, 2, 3].map((n) => atCut(config, n).train);
  assert.deepEqual(cuts.map(({ lambda }) => lambda), [9, 3, 3, 3]);
  assert.deepEqual(cuts.map(({ alpha }) => alpha), [2, 2, 2, 2]);
  assert.deepEqual(cuts.map(({ trend }) => trend), [
    { halfLife: 7, weight: 2 },
    { halfLife: 7, weight: 0.5 },
    null,
    { halfLife: 7, weight: 0.5 },
  ]);
  assert.deepEqual(atCut(parseConfig({}), 0).train, parseConfig({}).train);
});

Deno.test("earlier cuts: so many days apart, or at times of their own", () => {
  const of = (split: object) => earlierCuts(parseConfig({ split }).split);
  assert.deepEqual(of({}), []);
  assert.deepEqual(of({ rolling: { cuts: 3, everyDays: 7 } }), [
    { cut: null, earlierDays: 14 },
    { cut: null, earlierDays: 7 },
  ]);
  const cuts = ["2024-01-31", "2024-03-01T00:00:00+01:00"];
  assert.deepEqual(
    of({ cut: "2024-03-01", rolling: { cuts } }),
    cuts.map((cut) => ({ cut, earlierDays: 0 })),
  );
  assert.throws(
    () => of({ cut: "2024-02-29T22:59:59Z", rolling: { cuts } }),
    /split\.rolling\.cuts: must ascend, and lie before split\.cut/,
  );
});

const BAD: readonly [string, unknown, RegExp][] = [
  [
    "a value out of range",
    rolling([{ train: { lambda: -1 } }]),
    /split\.rolling\.overrides\.0\.train\.lambda: /,
  ],
  [
    "an unknown key",
    rolling([{}, { train: { lamda: 1 } }]),
    /split\.rolling\.overrides\.1\.train: .*lamda/,
  ],
  [
    "sections that do not agree",
    { ...rolling([{ train: { solver: "tfjs" } }]), train: { model: "lmf" } },
    /overrides\.0\.train\.solver: "tfjs" is for train\.model "als"/,
  ],
  [
    "another target at one cut",
    rolling([{ evaluate: { target: "all" } }]),
    /overrides\.0\.evaluate\.target: must be the same at every cut/,
  ],
  [
    "too few overrides",
    rolling([{}], 4),
    /split\.rolling\.overrides: holds 1 entries for 4 cuts: .* 3 in all, or none/,
  ],
  ["one cut", rolling([], 1), /split\.rolling\.cuts: /],
  [
    "a strategy without a cut in time",
    { split: { strategy: "random", rolling: { cuts: 2, everyDays: 7 } } },
    /split\.rolling: is for split\.strategy "temporal", which is "random"/,
  ],
  ["a gap without time", { split: { strategy: "leave-last-out", gapDays: 2 } }, /split\.gapDays: /],
  ["a cut that is no date", { split: { cut: "week 48" } }, /split\.cut: write it as "2024-05-31"/],
  [
    "held-out users of a model without fold-in",
    { split: { strategy: "held-out-users" }, train: { model: "lmf" } },
    /split\.strategy: "held-out-users" needs fold-in, which train\.model "lmf" has not/,
  ],
];
for (const [what, config, message] of BAD) {
  Deno.test(`refused with its place: ${what}`, () => {
    assert.throws(
      () => parseConfig(config),
      (error: unknown) => error instanceof UsageError && message.test(error.message),
    );
  });
}
