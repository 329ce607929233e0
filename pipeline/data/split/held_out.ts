/** Users that training never sees, folded in when they are tested: the protocol of Mult-VAE. */
import type { Interactions } from "../interactions.ts";
import { drawItems, eachUser, hash, type Mask, PART, type Run } from "../split.ts";

/** Shares: of the users that are held out, and of their items that are folded in. */
export interface HeldOut {
  readonly users: number;
  readonly foldIn: number;
}

/**
 * Holds out whole users (Liang, Krishnan, Hoffman, Jebara 2018, section 4): `users` of those with two
 * items or more, rounded, at least one. All that they bought is folded in, but for 1 - `foldIn` of
 * their items, rounded, at least one and never all, which are tested. Who is drawn hangs on `seed`
 * and on the ids of the users with two items, what of theirs is tested on their own items besides:
 * never on the order of the users.
 */
export function heldOutUsers(
  interactions: Interactions,
  ids: readonly string[],
  { users, foldIn }: HeldOut,
  seed: number,
): Mask {
  const mask = new Uint8Array(interactions.user.length);
  const able: { id: string; rank: number; draw: number; user: number; runs: Run[] }[] = [];
  eachUser(interactions, (user, runs) => {
    if (runs.length < 2) return;
    const id = ids[user] ?? "";
    const draw = hash(id, seed);
    // Another hash than the one that draws the items: who is held out must not say what is tested.
    able.push({ id, rank: mixed(draw), draw, user, runs });
  });
  able.sort((a, b) => a.rank - b.rank || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const held = able.slice(0, Math.max(1, Math.round(users * able.length)));
  const starts = rowStarts(interactions);
  for (const { user, runs, draw } of held) {
    mask.fill(PART.foldIn, starts[user], starts[user + 1]);
    drawItems(mask, runs, 1 - foldIn, draw);
  }
  return mask;
}

/** Where each user's entries begin: users + 1. */
function rowStarts({ user, users }: Interactions): Uint32Array {
  const starts = new Uint32Array(users + 1);
  for (const u of user) starts[u + 1]!++;
  for (let u = 0; u < users; u++) starts[u + 1]! += starts[u]!;
  return starts;
}

/** The 32 bits of `h` mixed so that near inputs give far outputs (the finalizer of MurmurHash3). */
function mixed(h: number): number {
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
