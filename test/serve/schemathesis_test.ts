/**
 * Property tests of the server by somebody else's hand: schemathesis reads the OpenAPI document and sends
 * what it allows and what it does not. Needs `schemathesis` of PyPI on the PATH.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { saveModel } from "../../pipeline/als/model.ts";
import { fit } from "../../pipeline/fitting.ts";
import { createApp } from "../../serve/app.ts";
import { EventStore } from "../../serve/events/store.ts";
import { CurrentRecommender } from "../../serve/recommender.ts";
import { Trainings } from "../../serve/trainings.ts";
import { Versions } from "../../serve/versions.ts";
import { purchases } from "../support/shop.ts";

const TOKEN = "of-the-test";

/** By itself it does not count a body that is too large as refused. */
const CONFIG = `[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 429]
`;

const installed = await (async () => {
  try {
    return (await new Deno.Command("schemathesis", { args: ["--version"] }).output()).success;
  } catch {
    return false;
  }
})();

Deno.test({
  name: `schemathesis finds nothing${installed ? "" : " (skipped: no schemathesis)"}`,
  ignore: !installed,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "schemathesis_" });
    const model = join(folder, "model");
    let seed = 0;
    const exportNext = async () => {
      seed = seed % 3 + 1;
      const options = { factors: 4, iterations: 2, threads: 1 };
      await saveModel(model, (await fit(purchases(40, 30, seed), options)).model);
    };
    await exportNext();
    const events = await EventStore.open(join(folder, "events"));
    const live = new CurrentRecommender(undefined, events);
    const log: string[] = [];
    const { versions } = await Versions.open({
      ...{ model, dir: join(folder, "versions"), keep: 3 },
      serve: (recommender) => live.swap(recommender),
      log: (line) => log.push(line),
    });
    const trainings = new Trainings(async () => {
      await exportNext();
      return await versions.adopt();
    });
    const access = { loopback: true, token: TOKEN };
    const app = createApp(live, {
      ...{ versions, trainings, events, access },
      log: (line) => log.push(line),
    });
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch);
    try {
      await Deno.writeTextFile(join(folder, "schemathesis.toml"), CONFIG);
      const { success, stdout, stderr } = await new Deno.Command("schemathesis", {
        args: [
          "run",
          `http://127.0.0.1:${server.addr.port}/openapi.json`,
          "--checks=all",
          "--mode=all",
          "--phases=examples,coverage,fuzzing,stateful",
          `--max-examples=${Deno.env.get("SCHEMATHESIS_EXAMPLES") ?? 10}`,
          "--seed=42",
          "--generation-database=none",
          // Neither tells anything of the server where the machine is slow.
          "--suppress-health-check=too_slow",
          "--request-timeout=120",
          "--header",
          `Authorization: Bearer ${TOKEN}`,
        ],
        cwd: folder,
        env: { NO_COLOR: "1" },
      }).output();
      const text = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
      // A body that shows what was found may be megabytes.
      assert(success, text.split("\n").map((line) => line.slice(0, 500)).join("\n"));
      assert.deepEqual(log.filter((line) => line.includes("failed")), []);
    } finally {
      await server.shutdown();
      await events.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
