/** All that stands before the routes, in the order in which a request meets it. */
import type { MiddlewareHandler } from "hono";
import { cors } from "hono/cors";
import { crossSite } from "./cross_site.ts";
import { type HostOptions, hosts } from "./host.ts";
import { LIMITS, type Limits, sizeLimits, timeLimit } from "./limits.ts";
import { observe, type Observer } from "./observe.ts";
import { type Rate, rateLimit } from "./rate_limit.ts";
import { securityHeaders } from "./security_headers.ts";

export interface GuardOptions {
  /** Told of each request: the log, the metrics. */
  readonly observers?: readonly Observer[];
  /** Under which names the server may be called; left out: under any. */
  readonly host?: HostOptions;
  /** Requests that a client may make; left out: any number. */
  readonly rate?: Rate | undefined;
  /** Proxies in front that append to X-Forwarded-For. Default 0: the header is not believed. */
  readonly trustedProxies?: number;
  readonly limits?: Partial<Limits>;
  /** Origins whose pages may read answers to GET. Default: none. */
  readonly corsOrigins?: readonly string[];
}

/** Asked by orchestrators, which must hear an answer whoever else asks. */
const HEALTH: readonly string[] = ["/health/live", "/health/ready"];

/**
 * Middleware for `app.use("*", …)`, outermost first. Without options: ids, security headers, limits of
 * size and time, and no pages of other sites.
 */
export function guards(options: GuardOptions = {}): MiddlewareHandler[] {
  const { observers = [], host, rate, trustedProxies = 0, corsOrigins = [] } = options;
  const limits = { ...LIMITS, ...options.limits };
  const chain = [observe(observers), securityHeaders()];
  if (corsOrigins.length > 0) {
    chain.push(cors({
      origin: [...corsOrigins],
      allowMethods: ["GET", "HEAD"],
      allowHeaders: ["X-Request-Id"],
      exposeHeaders: ["X-Request-Id", "X-Recommendation", "X-Model-Version", "Retry-After"],
      maxAge: 600,
    }));
  }
  chain.push(sizeLimits(limits));
  if (host) chain.push(hosts(host));
  if (rate) chain.push(rateLimit({ ...rate, trustedProxies, except: HEALTH }));
  chain.push(crossSite(), timeLimit(limits));
  return chain;
}
