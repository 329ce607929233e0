/** Where the values of one state of the pipeline lie, and what they were measured on. */
import { z } from "zod";
import type { LockEntry } from "../engine/lockfile.ts";
import { type Store, storedSchema } from "../engine/store.ts";
import { CheckError } from "../errors.ts";
import type { State } from "../metrics/gate.ts";
import { perUserFormat } from "../metrics/per_user.ts";

const cutSchema = z.strictObject({
  /** Of the stage that measured: "evaluate", or one of its instances. */
  stage: z.string(),
  /** The trained model's name among the models. */
  model: z.string(),
  perUser: storedSchema,
  /** Digests of the test part and of the table of users, and what counted: equal for all that compare. */
  test: z.string(),
  users: z.string(),
  target: z.string(),
});

export const recordSchema = z.array(cutSchema).min(1);

/** One state's cuts: as a rule one. */
export type StateRecord = z.infer<typeof recordSchema>;

/** What a lock file's stages say; `undefined` where none measured values by user. */
export function recordOf(stages: ReadonlyMap<string, LockEntry>): StateRecord | undefined {
  const cuts = [...stages].filter(([, { outputs }]) => outputs.perUser !== undefined)
    .sort(([a], [b]) => a < b ? -1 : 1)
    .map(([stage, { parts, outputs }]) => ({
      stage,
      model: parseText(parts["param:model"]),
      perUser: outputs.perUser,
      test: parts["input:test"],
      users: parts["input:users"],
      target: parseText(parts["param:target"]),
    }));
  return recordSchema.safeParse(cuts).data;
}

/** Whether the store has the values. */
export async function isStored(record: StateRecord, store: Store): Promise<boolean> {
  for (const { perUser } of record) if (!await store.has(perUser)) return false;
  return true;
}

/** The trained model's values. */
export async function readState(record: StateRecord, store: Store): Promise<State> {
  return {
    cuts: await Promise.all(record.map(async ({ perUser, model, stage }) => {
      const path = store.path(perUser);
      const { users, models } = await perUserFormat.read(path);
      const metrics = models[model];
      if (metrics === undefined) {
        throw new SyntaxError(`${path}, of ${stage}, has no values of "${model}"`);
      }
      return { users, metrics };
    })),
  };
}

/**
 * Sees to it that only what was measured on the same is compared.
 *
 * @param name of the old state, for messages.
 * @throws {CheckError} where the test parts differ, or what counts as relevant in them.
 */
export function checkComparable(before: StateRecord, after: StateRecord, name: string): void {
  const remedy =
    "Make a change of the purchases, of the split or of evaluate.target on its own, look at the " +
    "figures of both, and let later changes be compared with it";
  const differ = (what: string) =>
    new CheckError(`${name} cannot be compared with: ${what}`, remedy, { before, after });
  const names = (record: StateRecord) => record.map(({ stage }) => stage).join(", ");
  if (names(before) !== names(after)) {
    throw differ(`it was measured by ${names(before)}, this by ${names(after)}`);
  }
  for (const [n, now] of after.entries()) {
    const old = before[n]!;
    const short = (digest: string) => digest.slice(0, 12);
    if (old.test !== now.test) {
      throw differ(
        `its test part is another one (${short(old.test)}, here ${short(now.test)})`,
      );
    }
    if (old.users !== now.users) {
      throw differ(
        `its users are others (${short(old.users)}, here ${short(now.users)})`,
      );
    }
    if (old.target !== now.target) {
      throw differ(`its evaluate.target is "${old.target}", here it is "${now.target}"`);
    }
  }
}

function parseText(json: string | undefined): string | undefined {
  try {
    return z.string().safeParse(JSON.parse(json ?? "null")).data;
  } catch {
    return undefined;
  }
}
