/** What goes in and out over HTTP. */
import { z } from "zod";

/** The body of `POST /reco`. */
export const recoRequestSchema = z.strictObject({
  user_id_hash: z.string().min(1).max(1024),
});

const parallel = <T extends z.ZodType>(value: T) => z.array(value).max(5);

/** Its answer: one object of parallel lists, best item first. */
export const recoResponseSchema = z.tuple([
  z.strictObject({
    score: parallel(z.number()),
    catalog_item_name: parallel(z.string().nullable()),
    /** Numbers where all item ids of the purchases are integers. */
    catalog_item_id: z.union([parallel(z.number()), parallel(z.string())]),
    brand_name: parallel(z.string().nullable()),
  }),
]);

export type RecoResponse = z.infer<typeof recoResponseSchema>;

/** A problem document (RFC 9457). */
export const problemSchema = z.looseObject({
  type: z.literal("about:blank"),
  title: z.string(),
  status: z.int().min(400).max(599),
  detail: z.string(),
});

/** The one object that `pipeline run --json` prints where it fails. */
export const failureSchema = z.object({
  error: z.object({
    stage: z.string().nullable(),
    message: z.string(),
    remedy: z.string(),
  }),
});
