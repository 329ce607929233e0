import type { z } from "zod";
import { significanceParams } from "../config/evaluate.ts";
import { splitFormat, type SplitSummary } from "../data/split.ts";
import type { Ref } from "../engine/graph.ts";
import { defineStage, type Format, type Stage, type ValueOf } from "../engine/stage.ts";
import { type Evaluation, evaluationFormat } from "../metrics/evaluation.ts";
import { type PerUser, perUserFormat } from "../metrics/per_user.ts";
import { type CutResult, poolCuts, type Rolling, rollingFormat } from "../metrics/rolling.ts";

type Params = z.infer<typeof significanceParams>;

/** By cut, from 0, the earliest. */
export type CutInputs = {
  readonly [split: `split${number}`]: Format<SplitSummary>;
  readonly [metrics: `metrics${number}`]: Format<Evaluation>;
  readonly [perUser: `perUser${number}`]: Format<PerUser>;
};

/**
 * The stage that pools `cuts` evaluations: a stage says what its inputs are, so there is one for each
 * number of cuts. It throws as `poolCuts` does.
 */
export function rolling(
  cuts: number,
): Stage<Params, CutInputs, { readonly rolling: Format<Rolling> }> {
  return defineStage({
    name: "rolling",
    module: import.meta.url,
    summary: "pool the evaluations of all cuts",
    params: significanceParams,
    inputs: inputsOf(cuts),
    outputs: { rolling: rollingFormat },
    async metrics({ rolling }) {
      const { model, pooled } = await rolling.read();
      const flat: Record<string, number> = { users: pooled.users, values: pooled.values };
      for (const [name, figures] of Object.entries(pooled.models)) {
        for (const [metric, { pooled }] of Object.entries(figures)) {
          if (pooled !== null) flat[name === model ? metric : `${name}/${metric}`] = pooled;
        }
      }
      return flat;
    },
    async run({ params, inputs, outputs, report }) {
      const results: CutResult[] = [];
      for (let n = 0; n < cuts; n++) {
        const [split, evaluation, perUser] = await Promise.all([
          inputs[nameOf("split", n)]?.read(),
          inputs[nameOf("metrics", n)]?.read(),
          inputs[nameOf("perUser", n)]?.read(),
        ]);
        if (split === undefined || evaluation === undefined || perUser === undefined) {
          throw new TypeError(`Cut ${n + 1} of ${cuts} has no evaluation: wire it`);
        }
        results.push({ split, evaluation, perUser });
      }
      const pooled = poolCuts(results, params);
      for (const line of describe(pooled)) report.log(line);
      return { rolling: await outputs.rolling.write(pooled) };
    },
  });
}

/** What the stages of one cut made. */
export interface CutRefs {
  readonly split: Ref<SplitSummary>;
  readonly metrics: Ref<Evaluation>;
  readonly perUser: Ref<PerUser>;
}

/** The inputs of `rolling(cuts.length)`, wired to these cuts, the earliest first. */
export function cutInputs(
  cuts: readonly CutRefs[],
): { readonly [K in keyof CutInputs]: Ref<ValueOf<CutInputs[K]>> } {
  const refs: { -readonly [K in keyof CutInputs]: Ref<ValueOf<CutInputs[K]>> } = {};
  cuts.forEach(({ split, metrics, perUser }, n) => {
    refs[nameOf("split", n)] = split;
    refs[nameOf("metrics", n)] = metrics;
    refs[nameOf("perUser", n)] = perUser;
  });
  return refs;
}

function inputsOf(cuts: number): CutInputs {
  const inputs: { -readonly [K in keyof CutInputs]: CutInputs[K] } = {};
  for (let n = 0; n < cuts; n++) {
    inputs[nameOf("split", n)] = splitFormat;
    inputs[nameOf("metrics", n)] = evaluationFormat;
    inputs[nameOf("perUser", n)] = perUserFormat;
  }
  return inputs;
}

function nameOf<P extends string>(part: P, n: number): `${P}${number}` {
  return `${part}${n}`;
}

function describe({ cuts, pooled: { users, values, comparisons } }: Rolling): string[] {
  return [
    `${cuts.length} cuts, ${values} evaluations of ${users} users pooled`,
    ...comparisons.map(({ metric, baseline, difference, interval, adjusted, verdict }) => {
      const [low, high] = interval.map((bound) => bound.toFixed(4));
      return `${metric} ${verdict} ${baseline}: ${difference.toFixed(4)} [${low}, ${high}], p ` +
        adjusted.toPrecision(2);
    }),
  ];
}
