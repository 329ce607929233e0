/** Customers' histories beside their lists. */
import { chiefK } from "../../../pipeline/metrics/verdicts.ts";
import type { Item } from "../../../pipeline/mod.ts";
import { count, figure } from "../../lib/numbers.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { Customer } from "../customers.ts";
import type { RunData } from "../read_run.ts";

/** What figures cannot show; for the page alone, since it holds what people bought. */
export function customersSection({ customers, evaluation }: RunData): Section | undefined {
  if (customers.length === 0) return undefined;
  const k = chiefK(evaluation.k);
  return {
    id: "customers",
    title: "Customers and their lists",
    for: "page",
    blocks: [
      text(
        "What the measured fit, which has not seen the test part, recommends beside what the customer had " +
          `bought last. Lists leave out what they had bought. Marked ● is what they then bought.`,
      ),
      ...customers.flatMap((each) => customerBlocks(each, k)),
    ],
  };
}

function customerBlocks({ why, example, later, ndcg }: Customer, k: number): Block[] {
  const { customer, bought, purchases, recommendations } = example;
  const rows = Math.max(purchases.length, recommendations.length, later.items.length);
  const tested = ndcg === undefined
    ? "Not among the tested customers."
    : `NDCG@${k} of their list: ${figure(ndcg)}.`;
  return [
    { kind: "heading", text: why },
    text(
      `Customer ${customer} bought ${count(bought)} different ${
        bought === 1 ? "product" : "products"
      } in the training part, and ${count(later.count)} that count in the test part. ${tested}`,
    ),
    {
      kind: "table",
      caption: `Customer ${customer}`,
      columns: ["", "bought last", "recommended", "bought in the test part"],
      rows: Array.from({ length: rows }, (_, n) => {
        const [past, next, then] = [purchases[n], recommendations[n], later.items[n]];
        return [
          String(n + 1),
          past === undefined ? null : [past.date ?? "", label(past)].join(" ").trim(),
          next === undefined ? null : `${next.hit ? "● " : ""}${label(next)}`,
          then === undefined ? null : label(then),
        ];
      }),
    },
  ];
}

function label({ id, name, brand }: Pick<Item, "id" | "name" | "brand">): string {
  return `${name ?? `product ${id}`}${brand === null ? "" : ` [${brand}]`}`;
}
