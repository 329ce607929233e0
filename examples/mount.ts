import { Hono } from "hono";
import { load } from "../pipeline/mod.ts";
import { createApp } from "../serve/app.ts";

/** A shop's own app with the recommender below /shop: `POST /shop/reco`, `GET /shop/health/ready`. */
export async function openShop(modelDir: string): Promise<Hono> {
  const recommender = await load(modelDir);
  const myApp = new Hono();
  myApp.get("/", (c) => c.text("Welcome to the shop"));
  myApp.route("/shop", createApp(recommender));
  return myApp;
}

if (import.meta.main) {
  Deno.serve({ hostname: "127.0.0.1", port: 8000 }, (await openShop("model")).fetch);
}
