/** Who may see which customers there are, and what they bought. */
import type { MiddlewareHandler } from "hono";
import { problem } from "../problem.ts";
import type { Parts } from "../routes/parts.ts";
import { refusal } from "../guard/access.ts";

/**
 * Lets through who may change what the server does: ids and purchases of customers are personal data. The
 * server's own page may ask too, under the same token and host names: it only reads.
 */
export function customersGuarded(
  { access }: Pick<Parts, "access">,
  listed: boolean,
): MiddlewareHandler {
  return async (c, next) => {
    if (!listed) return problem(404, "This server does not list customers");
    if (access === undefined) {
      return problem(403, "This server is set up so that nobody may see customers over HTTP");
    }
    const site = c.req.header("sec-fetch-site");
    if (site !== undefined && site !== "none" && site !== "same-origin") {
      return problem(403, "Pages of other sites may not see customers");
    }
    const refused = refusal(withoutPage(c.req.raw), access);
    if (refused === undefined) {
      await next();
      // Neither proxies nor the browser's disk shall keep them.
      c.header("Cache-Control", "no-store");
      return;
    }
    return refused.status === 401
      ? problem(401, "Customers are shown to who has the server's bearer token", {
        remedy: "Send it as `Authorization: Bearer …`",
      }, { "www-authenticate": "Bearer" })
      : problem(403, "Customers are not shown here to who has no token for it", {
        remedy: "Call it as localhost on the server's machine; beyond it, the server needs " +
          "RECOMMENDER_TOKEN, and its name in RECOMMENDER_HOSTS",
      });
  };
}

/**
 * The request as a program sends it, where a page of this very server sends it. A page cannot set
 * `Sec-Fetch-Site` itself; a foreign name that resolves to this machine is refused by the Host header.
 */
function withoutPage(request: Request): Request {
  if (request.headers.get("sec-fetch-site") !== "same-origin") return request;
  const headers = new Headers(request.headers);
  headers.delete("sec-fetch-site");
  return new Request(request.url, { headers });
}
