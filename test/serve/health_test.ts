import assert from "node:assert/strict";
import { illness } from "../../serve/health.ts";

/** Longer than a machine may stand still. */
const LONG = 60_000;

function serve(handler: (request: Request) => Response | Promise<Response>) {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handler);
  return { server, url: `http://127.0.0.1:${server.addr.port}` };
}

Deno.test("the health check tells a server that answers 2xx from one that does not", async () => {
  const { server, url } = serve(
    (request) => new Response("", { status: request.url.endsWith("/live") ? 200 : 503 }),
  );
  assert.equal(await illness(`${url}/live`, LONG), undefined);
  assert.match(await illness(`${url}/ready`, LONG) ?? "", /answers 503/);
  await server.shutdown();
  // Nobody's port: that of a server that has ended may be another's by now.
  assert.match(await illness("http://127.0.0.1:1/live", LONG) ?? "", /does not answer/);
});

Deno.test("a server that takes longer to answer than is waited for is not healthy", async () => {
  const go = Promise.withResolvers<Response>();
  const { server, url } = serve(() => go.promise);
  assert.match(await illness(`${url}/live`, 50) ?? "", /does not answer/);
  go.resolve(new Response(""));
  await server.shutdown();
});
