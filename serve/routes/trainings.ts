/** Training as a job: started, then asked after. */
import { Hono } from "hono";
import type { Operation } from "../openapi/operation.ts";
import { failure } from "../problem.ts";
import { trainingParamSchema, trainingSchema } from "../schemas/training.ts";
import type { Trainings } from "../trainings.ts";
import { params } from "../validate.ts";
import { guarded, type Parts } from "./parts.ts";

const tag = "Training";

/** `POST /v1/train` */
export const startTrainingOperation: Operation = {
  method: "post",
  path: "/v1/train",
  id: "startTraining",
  tag,
  summary: "Starts a training, or joins the one at work",
  description: "The pipeline runs on the purchases of the server's config; the model that comes " +
    "out answers as soon as it is there.",
  answers: {
    202: {
      description: "It runs; ask after it at Location",
      schema: trainingSchema,
      headers: { Location: "Where to ask after it" },
    },
  },
  changesState: true,
};

/** `GET /v1/train/{id}` */
export const trainingOperation: Operation = {
  method: "get",
  path: "/v1/train/{id}",
  id: "training",
  tag,
  summary: "How a training stands or ended",
  params: trainingParamSchema,
  answers: { 200: { description: "The training", schema: trainingSchema } },
  problems: [404],
};

/** The routes of both. */
export function trainingRoutes(parts: Parts, trainings: Trainings) {
  const known = (id: string) => {
    const training = trainings.get(id);
    if (training !== undefined) return training;
    throw failure(404, "No training of the last ones has this id", {
      remedy: "Take the id that POST /v1/train answered; a restart forgets them",
    });
  };
  return new Hono()
    .post("/v1/train", guarded(parts), (c) => {
      const { id } = trainings.start();
      // Relative to the path asked for: right wherever the app is mounted.
      return c.json(known(id), 202, { Location: `${new URL(c.req.url).pathname}/${id}` });
    })
    .get(
      "/v1/train/:id",
      params(trainingParamSchema),
      (c) => c.json(known(c.req.valid("param").id), 200),
    );
}
