/** Versions of the model: which are kept, which answers, and how an earlier one answers again. */
import { Hono } from "hono";
import type { Manifest } from "../../pipeline/als/manifest.ts";
import type { Operation } from "../openapi/operation.ts";
import { failure } from "../problem.ts";
import {
  activationSchema,
  type ModelInfo,
  modelsSchema,
  versionParamSchema,
} from "../schemas/models.ts";
import { params } from "../validate.ts";
import { guarded, type Parts } from "./parts.ts";

const tag = "Models";

/** `GET /v1/models` */
export const modelsOperation: Operation = {
  method: "get",
  path: "/v1/models",
  id: "models",
  tag,
  summary: "Versions that are kept, and which of them answers",
  answers: { 200: { description: "The latest kept first", schema: modelsSchema } },
};

/** `POST /v1/models/{version}/activate` */
export const activateOperation: Operation = {
  method: "post",
  path: "/v1/models/{version}/activate",
  id: "activateModel",
  tag,
  summary: "Lets a kept version answer: a rollback",
  description:
    "From the next request on, and after a restart, until another is activated or exported.",
  params: versionParamSchema,
  answers: { 200: { description: "It answers", schema: activationSchema } },
  problems: [404, 409],
  changesState: true,
};

/** The routes of both. */
export function modelRoutes(parts: Parts) {
  const { live, versions, log } = parts;
  const active = () => live.snapshot()?.version ?? null;
  return new Hono()
    .get("/v1/models", (c) => {
      const snapshot = live.snapshot();
      const now = active();
      const kept = versions?.list().map(({ manifest, since }) => describe(manifest, now, since)) ??
        [];
      // Kept or not: what answers is listed.
      if (snapshot !== undefined && !kept.some(({ version }) => version === now)) {
        kept.unshift(describe(snapshot.recommender.model.manifest, now, null));
      }
      return c.json({ active: now, models: kept }, 200);
    })
    .post(
      "/v1/models/:version/activate",
      guarded(parts),
      params(versionParamSchema),
      async (c) => {
        const { version } = c.req.valid("param");
        const previous = active();
        try {
          if (versions !== undefined) await versions.activate(version);
          else if (version !== previous) throw new Deno.errors.NotFound();
        } catch (error) {
          if (error instanceof Deno.errors.NotFound) {
            throw failure(404, `Version ${version} is not kept`, {
              remedy: "Take one that GET /v1/models lists",
            });
          }
          if (!(error instanceof SyntaxError)) throw error;
          log(`Version ${version} cannot be served: ${error.message}`);
          throw failure(409, `Version ${version} is damaged; the server's log says how`, {
            remedy: "Take another one that GET /v1/models lists, or train again",
          });
        }
        log(`Now serving model ${version}`);
        return c.json({ active: version, previous }, 200);
      },
    );
}

function describe(manifest: Manifest, active: string | null, since: Date | null): ModelInfo {
  const { model, data, split, fittedOn, fittedUntil, sweeps, metrics, baselines } = manifest;
  return {
    version: model,
    active: model === active,
    keptSince: since?.toISOString() ?? null,
    ...{ data, split, fittedOn, sweeps },
    fittedUntil: fittedUntil ?? null,
    metrics: { ...metrics },
    baselines: Object.fromEntries(
      Object.entries(baselines).map(([name, figures]) => [name, { ...figures }]),
    ),
  };
}
