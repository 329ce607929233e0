/**
 * The page in a real browser: Chromium of the system, driven by `browser/main.ts`, which has packages of its
 * own so that only who runs this downloads them.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { fit } from "../../../pipeline/fitting.ts";
import { createApp } from "../../../serve/app.ts";
import { CurrentRecommender } from "../../../serve/recommender.ts";
import { purchases } from "../../support/shop.ts";
import { CUSTOMERS, type Shops } from "./browser/shops.ts";

const chromium = await (async () => {
  for (const name of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      const { success } = await new Deno.Command(name, { args: ["--version"] }).output();
      if (success) return name;
    } catch {
      // Not this one.
    }
  }
  return undefined;
})();

Deno.test({
  name: `the page works in a browser${chromium === undefined ? " (skipped: no Chromium)" : ""}`,
  ignore: chromium === undefined,
  async fn(t) {
    await using shops = await open();
    const config = new URL("./browser/", import.meta.url);
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        "task",
        "--quiet",
        "drive",
        JSON.stringify({ ...shops.addresses, chromium: await pathOf(chromium!) }),
      ],
      cwd: fileURLToPath(config),
      // playwright-core's question whether this is WSL reads what only --allow-all may; this puts it off.
      env: { NO_COLOR: "1", __IS_WSL_TEST__: "1" },
      stdout: "piped",
      stderr: "piped",
    });
    const { success, stdout, stderr } = await child.output();
    assert(success, new TextDecoder().decode(stderr));
    const lines = new TextDecoder().decode(stdout).trim().split("\n");
    for (const line of lines) {
      const { name, error } = JSON.parse(line);
      await t.step(name, () => {
        if (error !== undefined) throw new Error(error);
      });
    }
    assert(lines.length >= 10, "all checks ran");
  },
});

/** The absolute path of a program. */
async function pathOf(name: string): Promise<string> {
  const { stdout } = await new Deno.Command("which", { args: [name] }).output();
  return new TextDecoder().decode(stdout).trim();
}

/** Servers of one small shop, some closed. */
async function open(): Promise<{ addresses: Shops; [Symbol.asyncDispose](): Promise<void> }> {
  const bought = purchases(80, 60);
  const posted = "12";
  const recommender = await fit(bought, {
    factors: 8,
    iterations: 4,
    threads: 1,
    items: Array.from({ length: 60 }, (_, n) => ({
      id: String(10 + n),
      name: String(10 + n) === posted
        ? '<b>Bold</b> & "quoted" <img src=x onerror=alert(1)>'
        : `${["Wool", "Cotton", "Linen"][n % 3]} socks no ${n}`,
      brand: `Brand ${n % 4}`,
    })),
  });
  const view = {
    of: (user: string) =>
      user === CUSTOMERS.since
        ? [{ item: posted, quantity: 2, time: new Date("2026-03-01T12:00:00Z") }]
        : [],
    isDeleted: () => false,
  };
  const live = new CurrentRecommender(recommender, { viewOf: () => view });
  const token = "of-the-test";
  const loopback = { loopback: true };
  const servers = [
    createApp(live, { access: loopback }),
    createApp(live, { access: { ...loopback, token } }),
    createApp(live, { access: loopback, page: "baskets" }),
    createApp(new CurrentRecommender(), { access: loopback }),
  ].map((app) => Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, app.fetch));
  const [shop, guarded, baskets, empty] = servers.map(({ addr }) =>
    `http://127.0.0.1:${addr.port}/`
  );
  return {
    addresses: { shop: shop!, guarded: guarded!, token, baskets: baskets!, empty: empty! },
    async [Symbol.asyncDispose]() {
      await Promise.all(servers.map((server) => server.shutdown()));
    },
  };
}
