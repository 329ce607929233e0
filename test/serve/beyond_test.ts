/**
 * The real server, called over an address that is none of loopback's, in a network namespace of its own:
 * nothing leaves this machine.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { saveModel } from "../../pipeline/als/model.ts";
import { ROOT } from "../../serve/args.ts";
import { modelOf } from "../support/shop.ts";

/** An address for documentation (RFC 5737), which the namespace has and nobody else. */
const ADDRESS = "192.0.2.1";
const NETWORK = [
  "-rn",
  "sh",
  "-c",
  `ip link set lo up && ip addr add ${ADDRESS}/32 dev lo && "$@"`,
];

const inNamespace = (...command: string[]) =>
  new Deno.Command("unshare", {
    args: [...NETWORK, "sh", ...command],
    env: { NO_COLOR: "1" },
    stdin: "null",
  });
const possible = await inNamespace("true").output().then(({ success }) => success, () => false);

const foundSchema = z.array(z.tuple([z.string(), z.int()]));

/** Starts the server, asks, ends it; prints each call and its status. */
const PROBE = `
const [serve, model, token] = Deno.args;
const port = 5000, url = "http://${ADDRESS}:5000";
const server = new Deno.Command(Deno.execPath(), {
  args: ["run", "--no-prompt", "--allow-run", serve, "--model", model, "--host", "0.0.0.0",
    "--port", String(port), "--drain-delay", "0"],
  env: { RECOMMENDER_TOKEN: token },
  stdout: "null",
  stderr: "inherit",
}).spawn();
const status = async (call: string, headers: Record<string, string> = {}) => {
  const [method = "", path = ""] = call.split(" ");
  const body = path === "/reco" ? JSON.stringify({ user_id_hash: "user000001" }) : null;
  const type = body === null ? {} : { "content-type": "application/json" };
  const response = await fetch(url + path, { method, body, headers: { ...headers, ...type } });
  await response.body?.cancel();
  return response.status;
};
let over = false;
void server.status.then(() => over = true);
while (!over && await status("GET /health/ready").catch(() => 0) !== 200) {
  await new Promise((resolve) => setTimeout(resolve, 50));
}
const changes = ["GET /train", "POST /train", "POST /v1/train", "POST /v1/events",
  "POST /v1/models/sha256:${"0".repeat(64)}/activate", "DELETE /v1/users/user000001"];
const found: [string, number][] = [];
for (const call of ["POST /reco", "GET /v1/popular", "GET /metrics", ...changes]) {
  found.push([call, await status(call)]);
}
for (const call of changes) {
  found.push([call, await status(call, { authorization: "Bearer wrong" })]);
  found.push([call, await status(call, { "x-forwarded-for": "127.0.0.1", host: "localhost" })]);
}
if (token !== "") {
  found.push(["with token", await status("GET /metrics", { authorization: "Bearer " + token })]);
}
server.kill("SIGTERM");
await server.status;
console.log(JSON.stringify(found));
`;

Deno.test({
  name: `over another address than loopback's nothing can be changed without the token${
    possible ? "" : " (skipped: no network namespaces here)"
  }`,
  ignore: !possible,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "beyond_" });
    try {
      const model = join(folder, "model");
      await saveModel(model, modelOf());
      const probe = join(folder, "probe.ts");
      await Deno.writeTextFile(probe, PROBE);
      for (const token of ["", "correct horse"]) {
        const { stdout, stderr } = await inNamespace(
          ...[Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-run"],
          ...[`--allow-net=${ADDRESS}`, probe, join(ROOT, "serve/launch.ts"), model, token],
        ).output();
        const text = new TextDecoder().decode(stdout);
        assert.notEqual(text, "", new TextDecoder().decode(stderr));
        const found = foundSchema.parse(JSON.parse(text));
        const reading = found.slice(0, 2).map(([, status]) => status);
        assert.deepEqual(reading, [200, 200]);
        for (const [call, status] of found.slice(2)) {
          const allowed = call === "with token" ? [200] : [401, 403, 404, 405];
          assert.ok(allowed.includes(status), `${call}: ${status}`);
        }
        assert.equal(found.length, 3 + 6 + 12 + (token === "" ? 0 : 1));
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
