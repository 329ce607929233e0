import assert from "node:assert/strict";
import { z } from "zod";
import { Recommender } from "../../pipeline/recommender.ts";
import { createApp } from "../../serve/app.ts";
import { EVENTS, READING, TRAINING } from "../../serve/openapi/operations.ts";
import { Trainings } from "../../serve/trainings.ts";
import { noEvents } from "../support/events.ts";
import { answerOf } from "../support/http.ts";
import { modelOf } from "../support/shop.ts";

const recommender = new Recommender(modelOf());
const trainings = new Trainings(() => Promise.resolve("sha256:new"));
const app = createApp(recommender, {
  trainings,
  events: noEvents,
  access: { loopback: true },
});

const parameterSchema = z.object({
  name: z.string(),
  in: z.enum(["path", "query"]),
  required: z.boolean(),
  description: z.string().optional(),
  schema: z.record(z.string(), z.unknown()),
});
const documentSchema = z.object({
  openapi: z.literal("3.1.1"),
  servers: z.tuple([z.object({ url: z.string() })]),
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        operationId: z.string(),
        summary: z.string(),
        parameters: z.array(parameterSchema).default([]),
        security: z.array(z.unknown()).optional(),
        responses: z.record(
          z.string(),
          z.object({
            description: z.string(),
            content: z.record(z.string(), z.object({ schema: z.unknown() })).optional(),
          }),
        ),
      }),
    ),
  ),
  components: z.object({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

const read = async (path = "/openapi.json", of = app) =>
  documentSchema.parse(await answerOf(of, path));

Deno.test("the document and the routes name the same calls", async () => {
  const { paths } = await read();
  const documented = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const routed = app.routes
    .filter(({ method, path }) =>
      method !== "ALL" && method !== "HEAD" && !/\.(js|css)$/.test(path)
    )
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, "{$1}")}`);
  assert.deepEqual(documented.toSorted(), [...new Set(routed)].toSorted());
  const ids = [...READING, ...EVENTS, ...TRAINING].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("every reference leads to a component, and every component is referred to", async () => {
  const document = await read();
  const text = JSON.stringify(await answerOf(app, "/openapi.json"));
  const named = new Set([...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref]) => ref));
  const there = Object.keys(document.components.schemas).map((name) =>
    `#/components/schemas/${name}`
  );
  assert.deepEqual([...named].toSorted(), there.toSorted());
  assert.doesNotMatch(text, /\$defs|"\$schema"/);
});

Deno.test("parameters say what they are: paths, repeated ones, numbers with limits", async () => {
  const { paths } = await read();
  const { parameters, security } = paths["/v1/users/{id}/recommendations"]!.get!;
  const [id, n, exclude] = ["id", "n", "exclude"].map((name) =>
    parameters.find((parameter) => parameter.name === name)
  );
  assert.deepEqual([id?.in, id?.required, id?.schema], ["path", true, {
    type: "string",
    minLength: 1,
    maxLength: 1024,
  }]);
  assert.deepEqual([n?.required, n?.schema], [false, {
    type: "integer",
    minimum: 1,
    maximum: 100,
    default: 10,
  }]);
  assert.equal(exclude?.schema.type, "array");
  assert.equal(security, undefined);
  assert(parameters.every(({ description }) => description));
  for (const path of ["/v1/train", "/train", "/v1/models/{version}/activate"]) {
    const { security, responses } = paths[path]!.post!;
    assert.equal(security?.length, 1, path);
    for (const status of [401, 403]) {
      assert.deepEqual(Object.keys(responses[status]?.content ?? {}), ["application/problem+json"]);
    }
  }
});

Deno.test("the document is of where the app is mounted, and leaves out what is not offered", async () => {
  const { Hono } = await import("hono");
  const mounted = await read(
    "/shop/openapi.json",
    new Hono().route("/shop", createApp(recommender)),
  );
  assert.equal(mounted.servers[0].url, "/shop");
  assert.equal(mounted.paths["/v1/train"], undefined);
  assert.equal(mounted.paths["/v1/events"], undefined);
  assert.equal((await read()).servers[0].url, "/");
  assert.equal((await createApp(recommender).request("/v1/train", { method: "POST" })).status, 404);
});

Deno.test("the page loads nothing from elsewhere, and its policy would not let it", async () => {
  const page = await app.request("/docs");
  const html = await page.text();
  assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
  const policy = page.headers.get("content-security-policy") ?? "";
  assert.match(policy, /default-src 'none'; script-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|https?:/);
  assert.doesNotMatch(html, /https?:\/\/|<script>|\son\w+=|<style|style=/);
  for (const [, path] of html.matchAll(/(?:src|href)="([^":,]+)"/g)) {
    const response = await app.request(new URL(path!, "http://localhost/docs").pathname);
    assert.equal(response.status, 200, path);
    const text = await response.text();
    assert.doesNotMatch(text, /innerHTML|https?:\/\//);
  }
});
