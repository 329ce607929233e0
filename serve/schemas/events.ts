/** Purchases that are posted, customers who are deleted. */
import { z } from "zod";

/** The most events of one request. */
export const MAX_EVENTS = 1000;

/** The most pieces of one event, bought or returned. */
const MAX_PIECES = 1_000_000;

/** The last second of the year 9999. */
const LAST_SECOND = 253_402_300_799;

const NO_ZERO = "[^\\u0000]*";

/** An id that every part of the pipeline can hold: not blank, without a zero character. */
const storedId = z.string().min(1).max(1024)
  .regex(
    new RegExp(`^${NO_ZERO}[^\\u0000 ]${NO_ZERO}$`),
    "an id must not be blank nor hold a zero character",
  )
  .overwrite((id) => id.toWellFormed());

const eventSchema = z.strictObject({
  user: storedId.describe("Who bought"),
  item: storedId.describe("What; one that the model does not know is kept for the next training"),
  quantity: z.union([
    z.number().min(0.001).max(MAX_PIECES),
    z.number().min(-MAX_PIECES).max(-0.001),
  ]).default(1).describe("Pieces, to three decimals; below zero for a return"),
  time: z.union([z.iso.datetime({ offset: true }), z.int().min(0).max(LAST_SECOND)]).optional()
    .describe("When: ISO 8601, or seconds since 1970 UTC. Left out, or ahead of the server: now"),
  id: z.string().min(1).max(256).overwrite((id) => id.toWellFormed()).optional()
    .describe("A name of your own for this event: sent again, it is not stored again"),
}).meta({ id: "Event" });

/** The body of `POST /v1/events`. */
export const eventsRequestSchema = z.strictObject({
  events: z.array(eventSchema).min(1).max(MAX_EVENTS).describe("Kept all, or none"),
});

const count = z.int().min(0);

/** The answer of `POST /v1/events`. */
export const eventsSchema = z.strictObject({
  received: count,
  stored: count.describe("On disk, and counting from now on"),
  duplicates: count.describe("Whose id is known: not stored again"),
  ignored: count.describe("Of a time before their user was deleted: not stored"),
  ahead: count.describe("Stored as of now: their time lies ahead of the server's clock"),
  unknown: z.strictObject({
    items: z.array(z.string())
      .describe("Items that the model does not know yet: they count from the next training on"),
  }),
  requestId: z.string().describe("As in the header X-Request-Id"),
}).meta({ id: "EventsStored" });

/** The answer of `DELETE /v1/users/{id}`. */
export const deletionSchema = z.strictObject({
  events: count.describe("How many events of the user were removed"),
  requestId: z.string().describe("As in the header X-Request-Id"),
}).meta({ id: "Deletion" });

export type EventsRequest = z.output<typeof eventsRequestSchema>;
