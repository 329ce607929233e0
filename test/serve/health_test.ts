import assert from "node:assert/strict";
import { illness } from "../../serve/health.ts";

Deno.test("the health check tells a server that answers 2xx from one that does not", async () => {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => new Response("", { status: request.url.endsWith("/live") ? 200 : 503 }),
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  assert.equal(await illness(`${url}/live`), undefined);
  assert.match(await illness(`${url}/ready`) ?? "", /answers 503/);
  await server.shutdown();
  assert.match(await illness(`${url}/live`) ?? "", /does not answer/);
});
