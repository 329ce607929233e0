/** Which customers there are, and what they bought. */
import type { Item } from "../../pipeline/data/items.ts";
import type { Snapshot } from "../recommender.ts";
import type { Found } from "./items.ts";

/** A customer of the model. */
export interface Customer {
  readonly id: string;
  /** Different items that they bought before the model was fitted. */
  readonly items: number;
}

/**
 * The customers whose id begins with `prefix`, as the model has them in order; for an empty one some from
 * all over the model that have purchases. Who asked to be forgotten is left out.
 */
export function findCustomers(
  { recommender: { model }, events }: Pick<Snapshot, "recommender" | "events">,
  prefix: string,
  limit: number,
): Found<Customer> {
  const { users, seen: { indptr } } = model;
  const customer = (row: number): Customer => ({
    id: users[row]!,
    items: indptr[row + 1]! - indptr[row]!,
  });
  const rows: number[] = [];
  if (prefix === "") {
    // In turn from every part of the model, until there are enough.
    const step = Math.max(1, Math.floor(users.length / limit));
    for (let from = 0; from < step && rows.length <= limit; from++) {
      for (let row = from; row < users.length && rows.length <= limit; row += step) {
        if (customer(row).items > 0 && !events?.isDeleted(users[row]!)) rows.push(row);
      }
    }
  } else {
    for (let row = 0; row < users.length && rows.length <= limit; row++) {
      const id = users[row]!;
      if (id.startsWith(prefix) && !events?.isDeleted(id)) rows.push(row);
    }
  }
  return { found: rows.slice(0, limit).map(customer), more: rows.length > limit };
}

/** One thing that a customer bought or returned. */
export interface HistoryEntry extends Item {
  /** Pieces; below zero for a return. */
  readonly quantity: number;
  /** When, of what was posted to the server since the model was fitted; null of what the model knows. */
  readonly time: Date | null;
  /** Whether the model has the item. */
  readonly known: boolean;
}

/** What a customer bought: the latest posted first, then what the model knows, most pieces first. */
export function historyOf(
  { recommender, events }: Pick<Snapshot, "recommender" | "events">,
  user: string,
): readonly HistoryEntry[] {
  const since = (events?.of(user) ?? []).map(({ item: id, quantity, time }): HistoryEntry => {
    const item = recommender.item(id);
    const unknown = { id, name: null, brand: null, attributes: {} };
    return { ...item ?? unknown, quantity, time, known: item !== undefined };
  }).sort((a, b) => b.time!.getTime() - a.time!.getTime());
  if (events?.isDeleted(user)) return since;
  const before = recommender.bought(user)
    .map((item): HistoryEntry => ({ ...item, time: null, known: true }))
    .sort((a, b) => b.quantity - a.quantity);
  return [...since, ...before];
}
