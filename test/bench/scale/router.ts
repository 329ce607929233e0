/**
 * A router before servers that have a part of the users each: `router.ts PORT URL …`. A customer's requests go to
 * one server, by a hash of the id; all others to the first, since every server has all items.
 */
import { shardOf } from "./shards.ts";

/** Answers by one of `servers`. */
export async function route(request: Request, servers: readonly string[]): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = request.method === "POST" ? await request.text() : null;
  const user = userOf(pathname, body);
  const server = servers[user === undefined ? 0 : shardOf(user, servers.length)]!;
  const { status, headers, body: answer } = await fetch(server + pathname + search, {
    method: request.method,
    headers: { "content-type": "application/json" },
    body,
  });
  return new Response(answer, { status, headers });
}

function userOf(path: string, body: string | null): string | undefined {
  const inPath = /^\/v1\/users\/([^/]+)\//.exec(path)?.[1];
  if (inPath !== undefined) return decodeURIComponent(inPath);
  const asked: unknown = body === null ? null : JSON.parse(body);
  if (typeof asked !== "object" || asked === null) return undefined;
  if ("user_id_hash" in asked) return String(asked.user_id_hash);
  return "user" in asked ? String(asked.user) : undefined;
}

if (import.meta.main) {
  const [port, ...servers] = Deno.args;
  const onListen = () => {};
  Deno.serve(
    { hostname: "127.0.0.1", port: Number(port), onListen },
    (request) =>
      new URL(request.url).pathname === "/health/ready"
        ? new Response("ready")
        : route(request, servers),
  );
}
