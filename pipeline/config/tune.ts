/** How `tune` searches: its budget, and between which values. */
import { z } from "zod";
import { baselinesSchema } from "./baselines.ts";
import { trainSchema } from "./train.ts";

/** A number to draw between two others. */
export interface Range {
  readonly min: number;
  readonly max: number;
  /** log: each factor of ten is as likely as any other. Left out: log where `min` is above zero. */
  readonly scale?: "log" | "linear" | undefined;
  /** Whole numbers only. */
  readonly integer?: boolean | undefined;
}

type Plain = number | string | boolean | null;

/** Values of one param: one, a range of numbers, params of its own, or a list to choose from alike. */
export type Dimension = Plain | Range | readonly Dimension[] | Dimensions;

/** Dimensions by param. */
export interface Dimensions {
  readonly [param: string]: Dimension;
}

/** One value of `each`, or a list of them to choose from. */
function oneOf<T extends z.ZodType<Dimension>>(each: T, error: string) {
  return z.union([each, z.array(each).min(1)], { error });
}

/** The ends are held against the param by `numbers`: so that editors are told of a range but once. */
const rangeSchema = z.strictObject({
  min: z.number(),
  max: z.number(),
  scale: z.enum(["log", "linear"]).optional()
    .describe("log: each factor of ten is as likely. Default: log where min is above 0."),
}).meta({ id: "range" });

/** What a number may be: a value that `value` accepts, a range of such, or a list of both. */
function numbers(value: z.ZodType<number | null>, integer = false) {
  const range = rangeSchema.transform(({ min, max, scale }, context): Range => {
    const refuse = (message: string) => {
      context.addIssue({ code: "custom", message });
      return z.NEVER;
    };
    for (const end of [min, max]) {
      const [issue] = value.safeParse(end).error?.issues ?? [];
      if (issue !== undefined) return refuse(`a range from ${min} to ${max}: ${issue.message}`);
    }
    if (min > max) return refuse(`a range from ${min} to ${max}: min must not be above max`);
    if (scale === "log" && min <= 0) return refuse('scale "log" needs a min above 0');
    return { min, max, scale, integer };
  });
  return oneOf(
    z.union([value, range]),
    'write a value that the param may have, a range {"min": …, "max": …} of such, or a list of both',
  );
}

/** What a word may be: a value that `value` accepts, or a list of such. */
function words<T extends z.ZodType<Dimension>>(value: T) {
  return oneOf(value, "write a value that the param may have, or a list of such");
}

const of = trainSchema.shape;
const trend = of.trend.unwrap().unwrap().shape;
const trends = oneOf(
  z.union([
    z.null(),
    z.strictObject({
      halfLife: numbers(trend.halfLife.unwrap()),
      weight: numbers(trend.weight.unwrap()),
    }),
  ]),
  'write null, {"halfLife": …, "weight": …} of values or ranges, or a list of both',
);
const weight = words(of.weight.unwrap()).default(["binary", "log1p"]);
const halfLife = numbers(of.halfLife.unwrap()).prefault([null, { min: 14, max: 365 }]);
const popularityExponent = numbers(of.popularityExponent.unwrap())
  .prefault([0, { min: 0, max: 0.5 }]);

/** None, or one whose weight is of the size of a model's scores. */
function trendOf(min: number, max: number) {
  return trends.prefault([null, { halfLife: { min: 3, max: 60 }, weight: { min, max } }]);
}

const factors = numbers(of.factors.unwrap(), true);
const iterations = of.iterations.unwrap().describe("Sweeps at most: the best of them is chosen.");
const alpha = numbers(of.alpha.unwrap());
const regularization = words(of.regularization.unwrap());
const lambda = numbers(of.lambda.unwrap())
  .describe("Mean regularization of a row: what train.lambda is follows, whatever the exponent.");
const nu = numbers(of.nu.unwrap()).prefault({ min: 0.2, max: 1, scale: "linear" });

const alsSpace = z.strictObject({
  factors: factors.default([32, 48, 64, 96, 128, 192, 256, 384, 512]),
  iterations: iterations.default(15),
  alpha: alpha.prefault({ min: 0.3, max: 100 }),
  weight,
  halfLife,
  trend: trendOf(0.1, 3),
  popularityExponent,
  regularization: regularization.default(["constant", "frequency"]),
  lambda: lambda.prefault({ min: 0.3, max: 300 }),
  nu,
});

const lmfSpace = z.strictObject({
  factors: factors.default([16, 32, 64, 96, 128, 192, 256]),
  iterations: iterations.default(30),
  alpha: alpha.prefault({ min: 0.3, max: 30 }),
  weight,
  halfLife,
  // A logit is larger than a score of als.
  trend: trendOf(0.3, 10),
  popularityExponent,
  regularization: regularization.default("constant"),
  lambda: lambda.prefault({ min: 0.3, max: 100 }),
  nu,
});

const base = baselinesSchema.shape;
const recent = base.recentPopularity.unwrap().unwrap().shape;
const knn = base.itemKnn.unwrap().unwrap().shape;
const ease = base.ease.unwrap().unwrap().shape;

const baselineSpaces = {
  recentPopularity: z.strictObject({
    halfLife: numbers(recent.halfLife.unwrap()).prefault({ min: 1, max: 365 }),
    window: numbers(recent.window.unwrap()).prefault([null, { min: 7, max: 365 }]),
  }).prefault({}),
  itemKnn: z.strictObject({
    neighbours: numbers(knn.neighbours.unwrap(), true).default([20, 50, 100, 200, 400, 800]),
    shrink: numbers(knn.shrink.unwrap()).prefault({ min: 0.3, max: 300 }),
    featureWeighting: words(knn.featureWeighting.unwrap()).default(["none", "tfidf", "bm25"]),
    weight,
    halfLife,
    trend: trendOf(0.03, 30),
    popularityExponent,
  }).prefault({}),
  ease: z.strictObject({
    lambda: numbers(ease.lambda.unwrap()).prefault({ min: 3, max: 3000 }),
    weight,
    halfLife,
    trend: trendOf(0.03, 10),
    popularityExponent,
  }).prefault({}),
  buyAgain: z.strictObject({
    halfLife: numbers(of.halfLife.unwrap()).prefault([null, { min: 7, max: 365 }]),
  }).prefault({}),
};

/** What can be tuned: the models of `train`, and baselines with params. */
export const MODELS = ["als", "lmf"] as const;
export const BASELINES = ["recentPopularity", "itemKnn", "ease", "buyAgain"] as const;
export const TUNABLE = [...MODELS, ...BASELINES] as const;
export type BaselineName = (typeof BASELINES)[number];
export type TunableName = (typeof TUNABLE)[number];

export const tuneSchema = z.strictObject({
  model: z.enum([...TUNABLE, "all"]).optional()
    .describe("What is tuned. Default: train.model. all: that and the baselines."),
  metric: z.string().regex(/^[a-z]+@[1-9][0-9]{0,2}$/, {
    error: 'write it as "ndcg@10": a metric of every user, and how long a list',
  }).default("ndcg@10"),
  trials: z.int().min(1).max(10_000).optional()
    .describe(
      "Params that are tried, the present ones among them. Default: 60; with minutes, any.",
    ),
  minutes: z.number().positive().optional().describe("Ends the search of a model, if reached."),
  seed: z.int().min(0).default(42),
  eta: z.int().min(2).max(10).default(3)
    .describe("Of so many trials one goes on to the next, more costly rung."),
  rounds: z.int().min(1).max(10).default(3)
    .describe("The first draws from the whole space, the others near the best so far."),
  rungs: z.int().min(1).max(6).default(3)
    .describe("How often trials are judged; in the last one by all validation users."),
  windows: z.int().min(1).max(10).default(3)
    .describe("temporal: the last rung judges by so many windows at most, one before the other."),
  space: z.strictObject({
    als: alsSpace.prefault({}),
    lmf: lmfSpace.prefault({}),
    ...baselineSpaces,
  }).prefault({}).describe("By model: between which values. A value alone is not tuned."),
});

export type TuneConfig = z.infer<typeof tuneSchema>;
