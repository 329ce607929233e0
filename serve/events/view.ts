/** The events as one model needs them: those that it was not trained on. */
import type { PurchaseEvent, PurchaseEvents } from "../recommender.ts";

/** What a view asks of the store. */
export interface EventReader {
  /** Place of a user's latest event; `undefined` where none is kept. */
  last(user: string): number | undefined;
  /** A user's events behind place `after`, netted by item and time. */
  read(user: string, after: number): readonly PurchaseEvent[];
  /** Place of a user's deletion; `undefined` where there was none. */
  deletion(user: string): number | undefined;
}

/** Events that are held in memory at most, over all users: those of the users who come back. */
const HELD = 100_000;

const NONE: readonly PurchaseEvent[] = [];

/**
 * The events behind place `through`, up to which the model was trained. Most users have none, which one
 * look into a map says; lists are read from the file once and held, the latest asked for.
 */
export function viewBehind(reader: EventReader, through: number): PurchaseEvents {
  const lists = new Map<string, { last: number; list: readonly PurchaseEvent[] }>();
  let held = 0;
  const drop = (user: string) => {
    held -= lists.get(user)?.list.length ?? 0;
    lists.delete(user);
  };
  return {
    of(user) {
      const last = reader.last(user);
      if (last === undefined || last <= through) return NONE;
      const known = lists.get(user);
      if (known?.last === last) return known.list;
      drop(user);
      const list = reader.read(user, through);
      lists.set(user, { last, list });
      held += list.length;
      for (const [oldest] of lists) {
        if (held <= HELD || oldest === user) break;
        drop(oldest);
      }
      return list;
    },
    isDeleted(user) {
      const at = reader.deletion(user);
      return at !== undefined && at > through;
    },
  };
}
