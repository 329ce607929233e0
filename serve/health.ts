/** The image's health check: `deno run --allow-net=HOST:PORT health.ts URL` ends with 0 where the URL answers 2xx. */

/** Longer than any healthy answer takes; the image's own limit is a second more. */
const TIMEOUT_MS = 2000;

/** Why a server is not healthy; `undefined` where it is. It may take `timeoutMs` to answer. */
export async function illness(
  url: string,
  timeoutMs: number = TIMEOUT_MS,
): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    await response.body?.cancel();
    return response.ok ? undefined : `${url} answers ${response.status}`;
  } catch (error) {
    return `${url} does not answer: ${error instanceof Error ? error.message : error}`;
  }
}

if (import.meta.main) {
  const [url = "http://127.0.0.1:5000/health/live"] = Deno.args;
  const why = await illness(url);
  if (why !== undefined) Deno.stderr.writeSync(new TextEncoder().encode(`${why}\n`));
  Deno.exit(why === undefined ? 0 : 1);
}
