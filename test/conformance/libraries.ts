/** Who else computes these metrics: as what they count here, and how they differ. */
import { fileURLToPath } from "node:url";
import type { RankingMetricName } from "../../pipeline/metrics/ranking.ts";
import type { Environment } from "../bench/train/environment.ts";
import { requirementsOf } from "../bench/train/rivals.ts";
import type { Case } from "./cases.ts";

/** A column of what a library says. */
export type Column = "map" | "ndcg" | "recall" | "precision" | "hitRate" | "mrr";
export const columns: readonly Column[] = [
  "map",
  "ndcg",
  "recall",
  "precision",
  "hitRate",
  "mrr",
];

export interface Library {
  readonly name: string;
  /** A file beside this one's folder `oracles`. */
  readonly script: string;
  /** Left out: the Python that is there, without packages. */
  readonly environment?: Environment;
  /** Which of its columns each metric here must equal, to 1e-9. */
  readonly oracleOf: Readonly<Partial<Record<RankingMetricName, Column>>>;
  /** How lists are brought to it where it is an oracle; always cut at k. */
  readonly brought: (list: readonly number[], k: number) => readonly number[];
  /** What `brought` does, in words. */
  readonly broughtAs: string;
  /** Without it the command fails. */
  readonly needed: boolean;
  /** Whether it stands in the table of what it reports by itself. */
  readonly reports: boolean;
  /** Why it reports another number for the same list. */
  readonly differs: Readonly<Partial<Record<Column, string>>>;
}

/** Relevant to nobody. */
const FILLER = 100_000;

const asItIs = {
  brought: (list: readonly number[]) => list,
  broughtAs: "as it is",
};
const neverEmpty = {
  brought: (list: readonly number[]) => list.length === 0 ? [FILLER] : list,
  broughtAs: "an empty one as one item that is not relevant",
};
const filledUp = {
  brought: (list: readonly number[], k: number) =>
    Array.from({ length: k }, (_, rank) => list[rank] ?? FILLER + rank),
  broughtAs: "a short one filled up to k with items that are not relevant",
};

const file = (name: string) => fileURLToPath(new URL(`oracles/${name}`, import.meta.url));
/** What trec_eval's heirs compute as this project does, by the metric here and there. */
const ALL_BUT_MAP = {
  ndcg: "ndcg",
  recall: "recall",
  precision: "precision",
  hitRate: "hitRate",
  mrr: "mrr",
} as const;
const ALL_RELEVANT = "divides by all relevant items, not by min(k, relevant)";
const DROPS = "leaves users without a list out";

export const libraries: readonly Library[] = [
  {
    name: "Spark's formula",
    script: file("spark_formula.py"),
    oracleOf: { map: "map", ndcg: "ndcg", recall: "recall", precision: "precision" },
    ...asItIs,
    needed: true,
    reports: true,
    differs: {},
  },
  {
    name: "Spark",
    script: file("spark_lists.py"),
    environment: { name: "spark", requirements: requirementsOf("spark"), sources: true },
    oracleOf: { map: "map", ndcg: "ndcg", recall: "recall", precision: "precision" },
    ...neverEmpty,
    needed: false,
    reports: false,
    differs: {},
  },
  {
    name: "implicit",
    script: file("implicit_lists.py"),
    environment: { name: "implicit", requirements: requirementsOf("implicit") },
    oracleOf: { map: "map", ndcg: "ndcg", truncatedRecall: "precision" },
    ...asItIs,
    needed: true,
    reports: true,
    differs: { precision: 'its "precision" is truncated recall: it divides by min(k, relevant)' },
  },
  {
    name: "lenskit",
    script: file("lenskit_lists.py"),
    environment: { name: "lenskit", requirements: file("lenskit.txt"), only: true },
    oracleOf: {
      map: "map",
      truncatedRecall: "recall",
      precision: "precision",
      hitRate: "hitRate",
      mrr: "mrr",
    },
    ...filledUp,
    needed: true,
    reports: true,
    differs: {
      map: `divides by min(length of the list, relevant); ${DROPS}`,
      ndcg: `discounts ranks 1 and 2 alike; ${DROPS}`,
      recall: `divides by min(k, relevant): truncated recall; ${DROPS}`,
      precision: `divides by the length of the list; ${DROPS}`,
      hitRate: DROPS,
      mrr: DROPS,
    },
  },
  {
    name: "ranx",
    script: file("ranx_lists.py"),
    environment: { name: "ranx", requirements: file("ranx.txt") },
    oracleOf: ALL_BUT_MAP,
    ...neverEmpty,
    needed: true,
    reports: true,
    differs: {
      map: `${ALL_RELEVANT}; takes no empty list`,
      ndcg: "takes no empty list",
      recall: "takes no empty list",
      precision: "takes no empty list",
      hitRate: "takes no empty list",
      mrr: "takes no empty list",
    },
  },
  {
    name: "pytrec_eval",
    script: file("pytrec_eval_lists.py"),
    environment: { name: "pytrec_eval", requirements: file("pytrec_eval.txt") },
    oracleOf: ALL_BUT_MAP,
    ...neverEmpty,
    needed: true,
    reports: true,
    differs: {
      map: `${ALL_RELEVANT}; ${DROPS}`,
      ndcg: DROPS,
      recall: DROPS,
      precision: DROPS,
      hitRate: DROPS,
      mrr: DROPS,
    },
  },
  {
    name: "rectools",
    script: file("rectools_lists.py"),
    environment: { name: "rectools", requirements: file("rectools.txt") },
    oracleOf: {},
    ...asItIs,
    needed: false,
    reports: true,
    differs: { map: ALL_RELEVANT, ndcg: "its ideal list is always k long" },
  },
  {
    name: "irspack",
    script: file("irspack_lists.py"),
    environment: { name: "irspack", requirements: requirementsOf("irspack") },
    oracleOf: {},
    ...asItIs,
    needed: false,
    reports: true,
    differs: {
      map: `${ALL_RELEVANT}; ${DROPS}`,
      ndcg: `its ideal list is no longer than the list; ${DROPS}`,
      recall: DROPS,
      precision: `divides by the length of the list; ${DROPS}`,
      hitRate: DROPS,
    },
  },
];

/** A case as a library gets it: its list cut at k. */
export function cut({ k, relevant, list }: Case): Case {
  return { k, relevant, list: list.slice(0, k) };
}
