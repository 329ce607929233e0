/** What routes have in common. */
import type { Context, MiddlewareHandler } from "hono";
import type { EventLog } from "../events/log.ts";
import { failure, problem } from "../problem.ts";
import type { CurrentRecommender, Snapshot } from "../recommender.ts";
import { type Access, refusal } from "../guard/access.ts";
import type { Trainings } from "../trainings.ts";
import type { ModelVersions } from "../versions.ts";

/** What routes answer from. */
export interface Parts {
  readonly live: CurrentRecommender;
  /** Who may change what the server does; left out where nothing can. */
  readonly access?: Access | undefined;
  readonly trainings?: Trainings | undefined;
  readonly versions?: ModelVersions | undefined;
  /** Left out where no events are taken. */
  readonly events?: EventLog | undefined;
  log(line: string): void;
}

/** What a request answers from, taken once; throws the problem to answer with while no model is loaded. */
export function snapshotOf({ live, trainings }: Parts): Snapshot {
  const snapshot = live.snapshot();
  if (snapshot !== undefined) return snapshot;
  throw failure(
    503,
    "No model is loaded",
    trainings ? { remedy: "Train one by GET /train, or start with the --model of another" } : {},
    { "retry-after": "10" },
  );
}

/** The request's id: of middleware before, or made here. The response carries it. */
export function requestIdOf(c: Context): string {
  const given: unknown = c.get("requestId");
  if (typeof given === "string") return given;
  const id = c.res.headers.get("x-request-id") ?? crypto.randomUUID();
  c.header("X-Request-Id", id);
  return id;
}

/** Lets only those through who may change what the server does. */
export function guarded({ access }: Parts): MiddlewareHandler {
  return async (c, next) => {
    const refused = access === undefined
      ? problem(403, "This server is set up so that nothing can be changed over HTTP")
      : refusal(c.req.raw, access);
    if (refused === undefined) await next();
    return refused;
  };
}

/** Answers what is no method of a path. */
export function methodNotAllowed(allow: string): () => Response {
  return () => problem(405, `Only ${allow} is allowed here`, {}, { allow });
}
