/** Customers to look at: whom the model serves well, whom badly, and one in between. */
import type { Evaluation, Factors, Interactions, Item, PerUser } from "../../pipeline/mod.ts";
import { pairs, rowIndices } from "../../pipeline/mod.ts";
import { chiefK } from "../../pipeline/metrics/verdicts.ts";
import { type Example, makeExample } from "../../pipeline/stages/example.ts";

export interface Customer {
  /** Why this one is shown. */
  readonly why: string;
  readonly example: Example;
  /** What they bought in the test part that counts: the first few, and how many there are. */
  readonly later: { readonly items: readonly Item[]; readonly count: number };
  /** Of the list of length k; undefined for one who is not tested. */
  readonly ndcg: number | undefined;
}

export interface CustomerData {
  /** Of the evaluation: shown first. */
  readonly example: Example;
  readonly evaluation: Evaluation;
  readonly perUser: PerUser;
  readonly factors: Factors;
  /** What is known of all users when they are ranked for. */
  readonly train: Interactions;
  readonly test: Interactions;
  readonly users: readonly string[];
  readonly items: readonly Item[];
}

/** So many purchases and recommendations of each. */
const LENGTH = 5;

/** The customer whom a run shows, and the ends of the range. All choices are by value, then by index. */
export function customersOf(data: CustomerData): Customer[] {
  const { evaluation: { model, k }, perUser, users } = data;
  const metric = `ndcg@${chiefK(k)}`;
  const values = perUser.models[model]?.[metric];
  const trainPairs = pairs(data.train);
  const testPairs = pairs(data.test);
  const bought = (row: number) => rowIndices(trainPairs, perUser.users[row]!).length;
  const rows = Array.from(perUser.users, (_, row) => row);
  const best = (score: (row: number) => readonly number[]) =>
    rows.toSorted((a, b) => {
      const [left, right] = [score(a), score(b)];
      return left.map((value, n) => right[n]! - value).find((order) => order !== 0) ?? a - b;
    })[0];
  const value = (row: number) => values?.[row] ?? 0;
  const chosen: [string, number | undefined][] = [
    ["The customer whom a run shows", users.indexOf(data.example.customer)],
    [
      "Served best",
      user(perUser, best((row) => [value(row), -bought(row)])),
    ],
    [
      "Known well, and yet served worst",
      user(perUser, best((row) => [-value(row), bought(row)])),
    ],
    [
      "Known by least",
      user(perUser, best((row) => [-bought(row), -value(row)])),
    ],
  ];
  const shown = new Set<number>();
  return chosen.flatMap(([why, index]): Customer[] => {
    if (index === undefined || index < 0 || shown.has(index)) return [];
    shown.add(index);
    const row = perUser.users.indexOf(index);
    return [{
      why,
      example: makeExample(index, { ...data, trainPairs, testPairs }, LENGTH),
      later: laterOf(index, data, trainPairs, testPairs),
      ndcg: row < 0 ? undefined : values?.[row],
    }];
  });
}

function user({ users }: PerUser, row: number | undefined): number | undefined {
  return row === undefined ? undefined : users[row];
}

function laterOf(
  user: number,
  { evaluation: { target }, items }: CustomerData,
  trainPairs: ReturnType<typeof pairs>,
  testPairs: ReturnType<typeof pairs>,
): Customer["later"] {
  const known = new Set(rowIndices(trainPairs, user));
  const relevant = (user < testPairs.rows ? [...rowIndices(testPairs, user)] : [])
    .filter((item) => target === "all" || known.has(item) === (target === "repeat"));
  return {
    items: relevant.slice(0, LENGTH).flatMap((item) => items[item] ?? []),
    count: relevant.length,
  };
}
