/** The call of the service that this one replaces. */
import { z } from "zod";
import { idSchema } from "./common.ts";

/** The body of `POST /reco`. */
export const recoRequestSchema = z.strictObject({ user_id_hash: idSchema });

const parallel = <T extends z.ZodType>(value: T) => z.array(value).max(5);

/** Parallel lists, best item first. */
export const recoListsSchema = z.strictObject({
  score: parallel(z.number()),
  catalog_item_name: parallel(z.string().nullable()),
  /** Numbers where all item ids of the purchases are integers. */
  catalog_item_id: z.union([parallel(z.number()), parallel(z.string())]),
  brand_name: parallel(z.string().nullable()),
});

/** Its answer: one object of parallel lists. */
export const recoResponseSchema = z.tuple([recoListsSchema]);

export type RecoResponse = z.infer<typeof recoResponseSchema>;
