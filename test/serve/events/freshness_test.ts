/** From a posted purchase to the next model, with a crash in between: by the server's own processes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { load } from "../../../pipeline/recommender.ts";
import { fit } from "../../../pipeline/fitting.ts";
import { parseServeArgs } from "../../../serve/args.ts";
import { serverCommand } from "../../../serve/launch.ts";
import { modelsSchema } from "../../../serve/schemas/models.ts";
import { recommendationSchema } from "../../../serve/schemas/recommendation.ts";
import { purchases } from "../../support/shop.ts";
import { listening } from "../listening.ts";

const list = purchases(60, 40);
const settings = { solver: "reference", factors: 4, iterations: 3 } as const;

/** A server process in front of the files of `folder`. */
class Server implements AsyncDisposable {
  readonly url: string;
  readonly #child: Deno.ChildProcess;
  readonly #log: Promise<string>;

  private constructor(url: string, child: Deno.ChildProcess, log: Promise<string>) {
    this.url = url;
    this.#child = child;
    this.#log = log;
  }

  static async start(folder: string): Promise<Server> {
    const args = parseServeArgs([
      ...["--model", join(folder, "model"), "--store", join(folder, "store")],
      ...["--config", join(folder, "pipeline.json"), "--port", "0"],
    ]);
    const [deno = "", ...rest] = serverCommand(args, Deno.execPath());
    const child = new Deno.Command(deno, {
      args: rest,
      // No token of whoever runs the tests.
      env: { NO_COLOR: "1", RECOMMENDER_TOKEN: "" },
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const { address, log } = listening(child);
    const server = new Server((await address).origin, child, log);
    await server.ask("/health/ready");
    return server;
  }

  async ask(path: string, init?: RequestInit): Promise<unknown> {
    const response = await fetch(this.url + path, init);
    const text = await response.text();
    assert(response.ok, `${path}: ${response.status} ${text}`);
    return path === "/train" ? text : JSON.parse(text);
  }

  async list(user: string) {
    return recommendationSchema.parse(await this.ask(`/v1/users/${user}/recommendations?n=100`));
  }

  async post(...events: unknown[]): Promise<void> {
    await this.ask("/v1/events", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ events }),
    });
  }

  async end(signal: Deno.Signal): Promise<string> {
    this.#child.kill(signal);
    await this.#child.status;
    return await this.#log;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#child.status;
    await this.#log;
  }
}

Deno.test("posted: counts at once, after a crash, in the next model; deleted: gone from all of them", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "fresh_" }));
  try {
    const rows = list.map(({ user, item }) => `${user},${item}`);
    const csv = join(folder, "purchases.csv");
    await Deno.writeTextFile(csv, ["user_id_hash,catalog_item_id", ...rows].join("\n"));
    await Deno.writeTextFile(
      join(folder, "pipeline.json"),
      JSON.stringify({
        source: { interactions: { path: csv } },
        train: { ...settings, earlyStopping: false },
        evaluate: { k: [5] },
      }),
    );
    await (await fit(list, settings)).save(join(folder, "model"));
    const shows = (of: { items: readonly { id: string }[] }, item: string) =>
      of.items.some(({ id }) => id === item);
    let item = "";
    let fresh: Awaited<ReturnType<Server["list"]>>;
    {
      await using server = await Server.start(folder);
      const before = await server.list("user2");
      assert.equal(before.kind, "personalized");
      item = before.items[0]!.id;
      await server.post({ id: "1", user: "user2", item }, { user: "newcomer", item: "11" });
      await server.post({ user: "leaver", item: "12" }, { user: "user9", item });
      fresh = await server.list("user2");
      assert.equal(fresh.kind, "folded_in");
      assert(!shows(fresh, item));
      await server.end("SIGKILL");
    }
    await using server = await Server.start(folder);
    assert.deepEqual((await server.list("user2")).items, fresh.items);
    await server.post({ id: "1", user: "user2", item });
    for (const user of ["leaver", "user9"]) {
      await server.ask(`/v1/users/${user}`, { method: "DELETE" });
      assert.equal((await server.list(user)).kind, "popular");
    }
    const { active: first } = modelsSchema.parse(await server.ask("/v1/models"));
    assert.equal(await server.ask("/train"), "training complete!");

    const { model } = await load(join(folder, "model"));
    const bought = (user: string) => {
      const u = model.users.indexOf(user);
      const { indptr, indices } = model.seen;
      return u < 0 ? undefined : [...indices.subarray(indptr[u], indptr[u + 1])]
        .map((index) => model.items[index]!.id);
    };
    assert(bought("user2")?.includes(item));
    assert.deepEqual(bought("newcomer"), ["11"]);
    assert.equal(bought("leaver"), undefined);
    assert.equal(bought("user9"), undefined);
    assert.equal(model.manifest.ingest?.events?.rows, 2);
    assert.equal(
      model.manifest.ingest?.dropped["excluded user"],
      list.filter(({ user }) => user === "user9").length,
    );

    const after = await server.list("user2");
    assert.equal(after.kind, "personalized", "nothing is new to the new model");
    assert(!shows(after, item));
    assert.equal((await server.list("newcomer")).kind, "personalized");
    assert.equal((await server.list("user9")).kind, "popular");
    const left = [];
    for await (const { name } of Deno.readDir(join(folder, "model.events"))) left.push(name);
    assert(left.every((name) => name.startsWith("events.sqlite")), `${left}`);

    await server.post({ user: "user9", item: "13" });
    assert.equal((await server.list("user9")).kind, "folded_in");
    await server.ask(`/v1/models/${first}/activate`, { method: "POST" });
    const back = await server.list("user9");
    assert.equal(back.kind, "folded_in", "the earlier model knows user9, and must not say so");
    assert(shows(back, list.find(({ user }) => user === "user9")!.item));
    assert(!shows(back, "13"));
    assert.equal((await server.list("leaver")).kind, "popular");
    assert.deepEqual((await server.list("user2")).items, fresh.items);
    const log = await server.end("SIGTERM");
    assert.doesNotMatch(log, /user\d|newcomer|leaver/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
