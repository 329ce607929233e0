/** The OpenAPI document. */
import { Hono } from "hono";
import { z } from "zod";
import { type Json, openApiDocument } from "../openapi/document.ts";
import type { Operation } from "../openapi/operation.ts";

const PATH = "/openapi.json";

/** `GET /openapi.json` */
export const documentOperation: Operation = {
  method: "get",
  path: PATH,
  id: "openApi",
  tag: "Operations",
  summary: "This document",
  answers: {
    200: { description: "OpenAPI 3.1", schema: z.looseObject({ openapi: z.string() }) },
  },
};

/** Its route, for the operations that the server offers. */
export function documentRoute(operations: readonly Operation[]) {
  let document: Record<string, Json> | undefined;
  return new Hono().get(PATH, (c) => {
    document ??= openApiDocument(operations);
    // Where the app is mounted, as the request saw it.
    const { pathname } = new URL(c.req.url);
    const url = pathname.slice(0, -PATH.length) || "/";
    return c.body(JSON.stringify({ ...document, servers: [{ url }] }), 200, {
      "content-type": "application/json",
    });
  });
}
