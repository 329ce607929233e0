/** A typed client of the server, for programs in TypeScript. */
import { hc } from "hono/client";
import type { AppType } from "./app.ts";

/** How requests are sent: `headers` (the bearer token), `fetch`, both as Hono's `hc` takes them. */
export type ClientOptions = NonNullable<Parameters<typeof hc>[1]>;

/**
 * The calls of a server at `url`, with the types of what goes in and comes out:
 *
 * ```ts
 * const shop = client("http://localhost:5000");
 * const response = await shop.v1.popular.$get({ query: { n: 5 } });
 * if (response.ok) console.log((await response.json()).items[0]?.name);
 * ```
 */
export function client(url: string, options: ClientOptions = {}): Client {
  return hc<AppType>(url, options);
}

/** What `client` returns; written out once, so that editors need not work it out again. */
export type Client = ReturnType<typeof hc<AppType>>;
