/** How many requests a client may make. */
import type { MiddlewareHandler } from "hono";
import { problem } from "../problem.ts";
import { clientAddress, clientKey } from "./client.ts";

export interface Rate {
  /** Requests a second that a client may make for ever. */
  readonly perSecond: number;
  /** Requests that it may make at once after a pause. */
  readonly burst: number;
}

interface Bucket {
  tokens: number;
  /** When `tokens` were counted, in milliseconds. */
  at: number;
}

/** Clients that are remembered: about 10 MB. */
const MOST_CLIENTS = 50_000;

/**
 * A bucket of tokens for each client, of bounded memory: where more clients come than are remembered,
 * the one that was quiet for longest is forgotten, and its bucket is full again.
 */
export class TokenBuckets {
  readonly #rate: Rate;
  readonly #most: number;
  /** The client that was quiet for longest stands first. */
  readonly #buckets = new Map<string, Bucket>();

  /** Throws `RangeError` unless rate and burst are above zero. */
  constructor(rate: Rate, most = MOST_CLIENTS) {
    if (!(rate.perSecond > 0 && rate.burst >= 1)) {
      throw new RangeError(
        `A rate of ${rate.perSecond} a second with bursts of ${rate.burst} lets nobody in`,
      );
    }
    this.#rate = rate;
    this.#most = most;
  }

  /** How many clients are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /**
   * Takes a token of `client`'s. Returns 0 where there was one, else the milliseconds until there is.
   * `now` in milliseconds of any clock that never goes back.
   */
  take(client: string, now: number): number {
    const { perSecond, burst } = this.#rate;
    let bucket = this.#buckets.get(client);
    if (bucket === undefined) {
      bucket = { tokens: burst, at: now };
      if (this.#buckets.size >= this.#most) {
        for (const quiet of this.#buckets.keys()) {
          this.#buckets.delete(quiet);
          break;
        }
      }
    } else {
      this.#buckets.delete(client);
      bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * perSecond / 1000);
      bucket.at = now;
    }
    this.#buckets.set(client, bucket);
    if (bucket.tokens >= 1) {
      bucket.tokens--;
      return 0;
    }
    return Math.ceil((1 - bucket.tokens) * 1000 / perSecond);
  }
}

export interface RateLimitOptions extends Rate {
  readonly trustedProxies: number;
  /** Paths that are never refused: an orchestrator must always hear how the server is. */
  readonly except: readonly string[];
}

/** Answers 429 to clients that ask too often, and says when to ask again. */
export function rateLimit(
  { trustedProxies, except, ...rate }: RateLimitOptions,
): MiddlewareHandler {
  const buckets = new TokenBuckets(rate);
  return async (c, next) => {
    if (except.includes(c.req.path)) return await next();
    // Whoever cannot be told apart shares one bucket.
    const address = clientAddress(c, trustedProxies);
    const wait = buckets.take(address === undefined ? "" : clientKey(address), performance.now());
    if (wait === 0) return await next();
    const seconds = Math.ceil(wait / 1000);
    return problem(429, "This client asks too often", {
      remedy: `Ask again in ${seconds} s, and not more than ${rate.perSecond} times a second`,
    }, { "retry-after": String(seconds) });
  };
}
