/** What pages of other sites may do: nothing but what CORS allows them to read. */
import type { MiddlewareHandler } from "hono";
import { problem } from "../problem.ts";
import { hostName } from "./host.ts";

const SAFE = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * Refuses what a page of another site sends by any method that may change something. Programs send
 * neither `Origin` nor `Sec-Fetch-Site`; the server's own page sends its own origin.
 */
export function crossSite(): MiddlewareHandler {
  return async (c, next) => {
    if (SAFE.has(c.req.method)) return await next();
    const site = c.req.header("sec-fetch-site");
    const origin = c.req.header("origin");
    const foreign = site !== undefined && site !== "none" && site !== "same-origin" ||
      origin !== undefined && !isOwn(origin, c.req.header("host") ?? new URL(c.req.url).host);
    if (!foreign) return await next();
    return problem(403, "Pages of other sites may not call this", {
      remedy: "Call it from a program, or from the server's own page",
    });
  };
}

/** Whether a page of `origin` was served under the name and port that the request is made to. */
function isOwn(origin: string, host: string): boolean {
  if (!URL.canParse(origin) || hostName(host) === undefined) return false;
  const { protocol, host: from } = new URL(origin);
  // A proxy with TLS in front changes the scheme, not the name.
  return /^https?:$/.test(protocol) && new URL(`${protocol}//${host}`).host === from;
}
