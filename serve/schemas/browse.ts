/** Looking for items and customers, and at what a customer bought. */
import { z } from "zod";
import { countSchema, queryNumber } from "./common.ts";

const limit = queryNumber(countSchema).default(20).describe("How many at most");

const text = z.string().max(200).default("");

/** The query of `GET /v1/items`. */
export const itemsQuerySchema = z.strictObject({
  q: text.describe("Words that must be in the name, brand or id; all items where it is left out"),
  limit,
});

/** The query of `GET /v1/users`. */
export const usersQuerySchema = z.strictObject({
  q: z.string().max(1024).default("")
    .describe("How the id begins; a few of all where it is left out"),
  limit,
});

/** The query of `GET /v1/users/{id}/history`. */
export const historyQuerySchema = z.strictObject({ limit });

const textOrNull = z.string().nullable();

const item = {
  id: z.string(),
  name: textOrNull,
  brand: textOrNull,
  attributes: z.record(z.string(), textOrNull),
};

const provenance = {
  model: z.string().describe("The version of the model that answered: its digest"),
  requestId: z.string().describe("As in the header X-Request-Id"),
};

/** The answer of `GET /v1/items`. */
export const itemsSchema = z.strictObject({
  ...provenance,
  more: z.boolean().describe("Whether there are more than were asked for"),
  items: z.array(
    z.strictObject({ ...item, buyers: z.number().describe("Users who bought it") })
      .meta({ id: "FoundItem" }),
  ).describe("The one of exactly this id first, then most buyers first"),
}).meta({ id: "Items" });

/** The answer of `GET /v1/users`. */
export const usersSchema = z.strictObject({
  ...provenance,
  more: z.boolean().describe("Whether there are more than were asked for"),
  users: z.array(
    z.strictObject({
      id: z.string(),
      items: z.int().describe("Different items that they bought before the model was fitted"),
    }).meta({ id: "Customer" }),
  ),
}).meta({ id: "Customers" });

/** The answer of `GET /v1/users/{id}/history`. */
export const historySchema = z.strictObject({
  ...provenance,
  user: z.string(),
  total: z.int().describe("Entries that there are, shown or not"),
  purchases: z.array(
    z.strictObject({
      ...item,
      quantity: z.number().describe("Pieces; below zero for a return"),
      time: z.iso.datetime().nullable()
        .describe("Of what was posted since the model was fitted; null of what the model knows"),
      known: z.boolean().describe("Whether the model has the item"),
    }).meta({ id: "HistoryEntry" }),
  ).describe("The latest posted first, then what the model knows, most pieces first"),
}).meta({ id: "History" });
