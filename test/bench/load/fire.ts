/**
 * Loads a server by autocannon: `fire.ts '{"url", "connections", "seconds", "file", "seed"}'`. `file` holds
 * requests, as autocannon takes them, in a JSON array; every connection sends random ones of them, one
 * after the other. Prints one object: requests a second, milliseconds, and what went wrong.
 */
import autocannon from "autocannon";

const { url, connections, seconds, file, seed } = JSON.parse(Deno.args[0]);
const requests = JSON.parse(await Deno.readTextFile(file));
/** Requests that a connection has ready; it begins anew after the last. */
const READY = 2000;

let state = seed >>> 0;
/** xorshift32: what to send needs no better dice. */
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

/**
 * Takes a new connection where the answer says that it ends this one, as Flask's own server does each time:
 * autocannon would write the next request to the old one, lose it, and take its time for the next one's.
 */
// deno-lint-ignore no-explicit-any
function heedClose(client: any): void {
  let closing = false;
  client.on("headers", ({ headers }: { headers: string[] }) => {
    const at = headers.findIndex((name, n) => n % 2 === 0 && name.toLowerCase() === "connection");
    closing = at >= 0 && headers[at + 1]?.toLowerCase() === "close";
  });
  const [connect, ask] = [client._connect, client._doRequest];
  client._connect = function () {
    closing = false;
    connect.call(this);
  };
  client._doRequest = function () {
    if (closing) this._resetConnection();
    else ask.call(this);
  };
}

const times: number[] = [];
const statuses: Record<string, number> = {};
const instance = autocannon({
  url,
  connections,
  duration: seconds,
  timeout: 20,
  // deno-lint-ignore no-explicit-any
  setupClient: (client: any) => {
    heedClose(client);
    client.setRequests(Array.from({ length: READY }, () => requests[random(requests.length)]));
  },
});
// autocannon's own histogram counts whole milliseconds.
// deno-lint-ignore no-explicit-any
instance.on("response", (_client: any, status: number, _bytes: number, ms: number) => {
  times.push(ms);
  statuses[status] = (statuses[status] ?? 0) + 1;
});
const result = await instance;
const sorted = Float64Array.from(times).sort();
const quantile = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
console.log(JSON.stringify({
  requests: sorted.length,
  rps: sorted.length / result.duration,
  p50Ms: quantile(0.5) ?? null,
  p99Ms: quantile(0.99) ?? null,
  maxMs: sorted.at(-1) ?? null,
  errors: result.errors,
  statuses,
}));
