/** Errors over HTTP as problem documents (RFC 9457). */
const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  422: "Unprocessable Content",
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
