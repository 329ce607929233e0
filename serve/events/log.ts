/** What comes in: purchases, returns, deletions; and what takes them. */
import type { EventSource } from "../recommender.ts";

/** A purchase, or a return where the quantity is negative. */
export interface NewEvent {
  /** The sender's own: an event with an id that is known is not stored again. */
  readonly id?: string | undefined;
  readonly user: string;
  readonly item: string;
  /** Pieces, kept to three decimals; not zero. */
  readonly quantity: number;
  /** Left out, or ahead of the clock: now. */
  readonly time?: Date | undefined;
}

/** What became of events. */
export interface Appended {
  readonly stored: number;
  /** With an id that is known. */
  readonly duplicates: number;
  /** Of a time before their user was deleted. */
  readonly ignored: number;
  /** Stored as of now, since their time lies ahead of the clock. */
  readonly ahead: number;
}

/** Where events and deletions go, and come from: an `EventStore`. */
export interface EventLog extends EventSource {
  /** Keeps events, all or none; resolves once they are on disk and count. */
  append(events: readonly NewEvent[]): Promise<Appended>;
  /** Forgets a user; resolves with the number of events that were removed. */
  delete(user: string): Promise<number>;
}
