/** Training by the call of the service that this one replaces: it answers when all is done. */
import { Hono } from "hono";
import { z } from "zod";
import type { Operation } from "../openapi/operation.ts";
import { problem } from "../problem.ts";
import { TrainingError } from "../training.ts";
import type { Trainings } from "../trainings.ts";
import { guarded, methodNotAllowed, type Parts } from "./parts.ts";

const shared = {
  path: "/train",
  tag: "Compatible",
  summary: "Trains again, and answers once the new model does",
  description: "Who asks while a training runs waits for that one. POST /v1/train answers at once.",
  answers: {
    200: {
      description: "It is done",
      schema: z.literal("training complete!"),
      type: "text/plain; charset=UTF-8",
    },
  },
  changesState: true,
} as const;

/** `GET /train`, as the replaced service had it. */
export const trainByGetOperation: Operation = { method: "get", id: "trainByGet", ...shared };

/** `POST /train` */
export const trainByPostOperation: Operation = { method: "post", id: "trainByPost", ...shared };

/** The route of both. */
export function trainRoute(parts: Parts, trainings: Trainings) {
  const app = new Hono();
  // HEAD is answered by GET handlers, and must not train.
  app.on(["HEAD"], "/train", methodNotAllowed("GET, POST"));
  return app.on(["GET", "POST"], "/train", (c, next) => {
    if (c.req.method === "HEAD") return Promise.resolve(methodNotAllowed("GET, POST")());
    return guarded(parts)(c, next);
  }, async (c) => {
    try {
      await trainings.start().done;
    } catch (error) {
      if (!(error instanceof TrainingError)) throw error;
      const { message, remedy, stage } = error;
      return problem(500, message, {
        ...remedy === "" ? {} : { remedy },
        ...stage === null ? {} : { stage },
      });
    }
    return c.text("training complete!");
  });
}
