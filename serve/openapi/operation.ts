/** A call as the document describes it: declared beside its route, by the schemas that parse it. */
import type { z } from "zod";
import { problemSchema } from "../schemas/common.ts";

/** One answer of a call. */
export interface Answer {
  readonly description: string;
  /** Left out where there is no body. */
  readonly schema?: z.ZodType;
  /** Default application/json. */
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A call: method and path, what goes in, what comes out. */
export interface Operation {
  readonly method: "get" | "post" | "delete";
  /** As OpenAPI writes it: /v1/items/{id}/similar */
  readonly path: `/${string}`;
  /** A name for programs. */
  readonly id: string;
  readonly tag:
    | "Recommendations"
    | "Browsing"
    | "Models"
    | "Training"
    | "Events"
    | "Operations"
    | "Compatible";
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: { readonly schema: z.ZodType; readonly example: unknown };
  /** By status; `problems` beside them. */
  readonly answers: Readonly<Record<number, Answer>>;
  /** Statuses beside those that every call of its kind can have. */
  readonly problems?: readonly Problem[];
  /** Whether it changes what the server does: then it may need the token. */
  readonly changesState?: boolean;
  /** Whether it shows who the customers are: then it may need the token as well. */
  readonly personal?: boolean;
}

/** A status that a problem document comes with. */
export type Problem = keyof typeof PROBLEMS;

const PROBLEMS = {
  400: "The request is not readable: bad percent-encoding or JSON",
  401: "The bearer token is missing or wrong",
  403: "Refused: a web page, a foreign host, or no token is set beyond loopback",
  404: "There is nothing of this id",
  405: "The method is not allowed here",
  406: "The Accept header wants no JSON",
  408: "The request took too long to arrive",
  409: "The model or the server's set-up does not allow it",
  413: "The body is too large",
  415: "The body's Content-Type is not JSON",
  422: "A part of the request does not fit",
  429: "Too many requests",
  500: "The server failed",
  503: "No model is loaded, or the server is stopping",
} as const;

/** All answers of a call: its own, and the problems that its kind can have. */
export function answersOf(operation: Operation): Readonly<Record<number, Answer>> {
  const { path, params, query, body, changesState, personal, problems = [], answers } = operation;
  const statuses: Problem[] = [405, 429, 500, ...problems];
  if (path.startsWith("/v1/")) statuses.push(400, 406, 503);
  if (params || query || body) statuses.push(422);
  if (body) statuses.push(400, 408, 413, 415);
  if (changesState || personal) statuses.push(401, 403);
  const all: Record<number, Answer> = { ...answers };
  for (const status of statuses) {
    all[status] ??= {
      description: PROBLEMS[status],
      schema: problemSchema,
      type: "application/problem+json",
    };
  }
  return all;
}
