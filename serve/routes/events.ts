/** Purchases as they happen, and customers who want to be forgotten. */
import { Hono } from "hono";
import { MAX_LIST_BODY } from "../body.ts";
import type { Operation } from "../openapi/operation.ts";
import { failure } from "../problem.ts";
import {
  deletionSchema,
  type EventsRequest,
  eventsRequestSchema,
  eventsSchema,
} from "../schemas/events.ts";
import { idParamSchema } from "../schemas/recommendation.ts";
import { body, params } from "../validate.ts";
import { guarded, type Parts, requestIdOf } from "./parts.ts";

const tag = "Events";

/** `POST /v1/events` */
export const eventsOperation: Operation = {
  method: "post",
  path: "/v1/events",
  id: "postEvents",
  tag,
  summary: "Purchases and returns, as they happen",
  description: "They count at once in the lists of their users, and join the next training.",
  body: {
    schema: eventsRequestSchema,
    example: { events: [{ user: "b9cbac77a336d62efd54404d2bccaecd", item: "4711", quantity: 1 }] },
  },
  answers: { 202: { description: "They are on disk, and count", schema: eventsSchema } },
  problems: [503],
  changesState: true,
};

/** `DELETE /v1/users/{id}` */
export const deleteUserOperation: Operation = {
  method: "delete",
  path: "/v1/users/{id}",
  id: "deleteUser",
  tag,
  summary: "Forgets a customer",
  description: "Removes their events; their list is popular items from now on, and the next " +
    "training leaves out what they bought until now. What they buy later begins a new history.",
  params: idParamSchema,
  answers: { 200: { description: "It is done", schema: deletionSchema } },
  problems: [503],
  changesState: true,
};

const EXAMPLE = '{"events": [{"user": "…", "item": "…", "quantity": 1}]}';

/** The routes of both; they say so where no events are taken. */
export function eventRoutes(parts: Parts) {
  const log = () => {
    if (parts.events !== undefined) return parts.events;
    throw failure(404, "This server takes no purchases", {
      remedy: "Start it with --events DIR",
    });
  };
  const parsed = body(eventsRequestSchema, { limit: MAX_LIST_BODY, example: EXAMPLE });
  const stored = async <T>(done: Promise<T>): Promise<T> => {
    try {
      return await done;
    } catch (error) {
      parts.log(`Events cannot be written: ${error instanceof Error ? error.message : error}`);
      throw failure(503, "The server cannot write to its event store: nothing was changed", {
        remedy: "Send it again; the server's log says why",
      }, { "retry-after": "10" });
    }
  };
  return new Hono()
    .post("/v1/events", guarded(parts), parsed, async (c) => {
      const { events: given } = c.req.valid("json");
      const appended = await stored(log().append(given.map(eventOf)));
      const recommender = parts.live.current;
      const items = [...new Set(given.map(({ item }) => item))]
        .filter((item) => recommender?.hasItem(item) === false);
      return c.json({
        received: given.length,
        ...appended,
        unknown: { items },
        requestId: requestIdOf(c),
      }, 202);
    })
    .delete("/v1/users/:id", guarded(parts), params(idParamSchema), async (c) => {
      const removed = await stored(log().delete(c.req.valid("param").id));
      return c.json({ events: removed, requestId: requestIdOf(c) }, 200);
    });
}

function eventOf({ time, ...event }: EventsRequest["events"][number]) {
  if (time === undefined) return event;
  const when = typeof time === "number" ? new Date(time * 1000) : new Date(time);
  if (!Number.isNaN(when.getTime())) return { ...event, time: when };
  throw failure(422, `An event has the time ${JSON.stringify(time)}, which is none`);
}
