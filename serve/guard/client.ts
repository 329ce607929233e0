/** Who is asking, by address. */
import type { Context } from "hono";
import { isIP } from "node:net";

/** What `Deno.serve` hands to the handler beside the request; nothing of it where a test asks. */
export interface Connection {
  readonly remoteAddr?: Deno.Addr;
}

/**
 * The client's address. With `trustedProxies` proxies in front, each of which appends the address that
 * it was called from, it is the entry of X-Forwarded-For that the outermost of them has written: what
 * stands before it is the client's own word. `undefined` where there is no connection, where it is a
 * Unix socket's, or where fewer proxies than that have spoken.
 */
export function clientAddress(c: Context, trustedProxies: number): string | undefined {
  if (trustedProxies > 0) {
    const hops = (c.req.header("x-forwarded-for") ?? "").split(",");
    const written = hops.at(-trustedProxies)?.trim().replace(/^\[(.*)\]$/, "$1");
    return written !== undefined && isIP(written) !== 0 ? written : undefined;
  }
  return peerAddress(c);
}

/** The address at the other end of the connection; `undefined` where there is none. */
export function peerAddress(c: Context): string | undefined {
  const { remoteAddr }: Connection = c.env ?? {};
  return remoteAddr && "hostname" in remoteAddr ? remoteAddr.hostname : undefined;
}

/**
 * Whether the request was made on this machine, by no proxy that says so: the peer is a loopback
 * address, and nobody has forwarded it.
 */
export function isLocal(c: Context): boolean {
  const address = peerAddress(c);
  if (address === undefined || !/^(127\.|::1$|::ffff:127\.)/.test(address)) return false;
  return c.req.header("x-forwarded-for") === undefined && c.req.header("forwarded") === undefined;
}

/**
 * What is counted as one client: an IPv4 address, or a network of 64 bits of IPv6, since whoever has
 * one address there has all of them.
 */
export function clientKey(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail] = address.toLowerCase().replace(/%.*$/, "").split("::");
  const before = head === "" ? [] : head.split(":");
  const after = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after];
  return `${groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
