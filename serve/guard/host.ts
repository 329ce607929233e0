/** Under which names the server may be called. */
import type { MiddlewareHandler } from "hono";
import { isIP } from "node:net";
import { problem } from "../problem.ts";

export interface HostOptions {
  /** Whether only this machine can reach the server's address. */
  readonly loopback: boolean;
  /** Names to accept beside this machine's own, lower case, without port; "*" accepts every name. */
  readonly hosts: readonly string[];
}

/** Names by which a program on this machine calls it. */
export const OWN_NAMES: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/**
 * Refuses requests under a name that is not the server's: a foreign name that resolves to its address
 * is how a page gets round its browser's rules (DNS rebinding). Beyond loopback an address is accepted
 * as well: no resolver stands between, and probes of a cluster call by address.
 */
export function hosts({ loopback, hosts }: HostOptions): MiddlewareHandler {
  const any = hosts.includes("*");
  const names = new Set([...OWN_NAMES, ...hosts]);
  return async (c, next) => {
    const given = c.req.header("host");
    // Most callers write the same header every time: the cheapest test first.
    const name = given === undefined ? new URL(c.req.url).hostname : hostName(given);
    const known = name !== undefined &&
      (any || names.has(name) || !loopback && isIP(name.replace(/^\[(.*)\]$/, "$1")) !== 0);
    if (known) return await next();
    return problem(403, "The Host header names no host that this server answers for", {
      remedy: "Call it as localhost, or name the host in RECOMMENDER_HOSTS",
    });
  };
}

/** The name in a Host header, lower case and without its port; `undefined` where it is none. */
export function hostName(host: string): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[^\s:/@?#\\[\]]+)(:\d{1,5})?$/i.exec(host);
  return found?.[1]?.toLowerCase();
}
