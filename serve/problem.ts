/** Errors over HTTP as problem documents (RFC 9457). */
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  408: "Request Timeout",
  409: "Conflict",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** A problem document; `more` are further members, such as `remedy`. */
export function problem(
  status: number,
  detail: string,
  more: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Response {
  const title = TITLES[status] ?? "Error";
  return Response.json({ type: "about:blank", title, status, detail, ...more }, {
    status,
    headers: { ...headers, "content-type": "application/problem+json" },
  });
}

/** A problem to throw from where no response can be returned: the app answers with it. */
export function failure(
  status: ContentfulStatusCode,
  ...rest: [
    detail: string,
    more?: Readonly<Record<string, string>>,
    headers?: Readonly<Record<string, string>>,
  ]
): HTTPException {
  return new HTTPException(status, { res: problem(status, ...rest), message: rest[0] });
}
