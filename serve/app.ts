/** The HTTP interface, as a Hono app to serve or to mount in another. */
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Recommender } from "../pipeline/recommender.ts";
import type { EventLog } from "./events/log.ts";
import type { Operation } from "./openapi/operation.ts";
import { CUSTOMERS, EVENTS, READING, TRAINING } from "./openapi/operations.ts";
import { type Drain, drainGuard } from "./drain.ts";
import { type GuardOptions, guards } from "./guard/guards.ts";
import { type MetricsAccess, metricsRoute } from "./metrics/route.ts";
import { problem } from "./problem.ts";
import { CurrentRecommender } from "./recommender.ts";
import { catalogueRoutes, customerRoutes } from "./routes/browse.ts";
import { docsRoutes } from "./routes/docs.ts";
import { documentRoute } from "./routes/document.ts";
import { eventRoutes } from "./routes/events.ts";
import { healthRoutes } from "./routes/health.ts";
import { itemRoutes } from "./routes/items.ts";
import { modelRoutes } from "./routes/models.ts";
import { pageRoutes } from "./routes/page.ts";
import { methodNotAllowed, type Parts } from "./routes/parts.ts";
import { recommendationsRoute } from "./routes/recommendations.ts";
import { recoRoute } from "./routes/reco.ts";
import { rootRoute } from "./routes/root.ts";
import { trainRoute } from "./routes/train.ts";
import { trainingRoutes } from "./routes/trainings.ts";
import { userRoutes } from "./routes/users.ts";
import type { Access } from "./guard/access.ts";
import type { Trainings } from "./trainings.ts";
import { negotiate } from "./validate.ts";
import type { ModelVersions } from "./versions.ts";

/** How an app is set up; without any of it, it answers from one model and changes nothing. */
export interface AppOptions {
  /** Who may train and activate. Left out: nobody. */
  readonly access?: Access;
  /** Offers `/train` and `/v1/train`. */
  readonly trainings?: Trainings;
  /** Offers other versions of the model. */
  readonly versions?: ModelVersions;
  /** Takes purchases and counts them; a `CurrentRecommender` that is handed over must know it. */
  readonly events?: EventLog;
  /** What the page at `/` offers; see `Page`. Default: "customers". */
  readonly page?: Page;
  /** What stands before the routes. */
  readonly guard?: GuardOptions;
  /** Offers `/metrics`. */
  readonly metrics?: { text(): string; readonly access: MetricsAccess };
  /** Tells when the server is about to end. */
  readonly drain?: Pick<Drain, "draining">;
  /** Takes a line for the server's log. Default: none is written. */
  log?(line: string): void;
}

/**
 * What the page at `/` offers. "customers": to look for customers and their purchases, for those who may
 * change what the server does. "baskets": customers are not listed, whoever asks. "off": no page.
 */
export type Page = "customers" | "baskets" | "off";

/**
 * The app over one model, or over one that is swapped: lists and versions, where `trainings` and
 * `events` are offered also those. Every error is a problem document.
 */
export function createApp(
  recommender: Recommender | CurrentRecommender,
  options: AppOptions = {},
): Hono {
  const { access, trainings, versions, events, metrics, drain, log = () => {} } = options;
  const { page = "customers" } = options;
  const live = recommender instanceof CurrentRecommender
    ? recommender
    : new CurrentRecommender(recommender, events);
  const parts: Parts = { live, access, trainings, versions, events, log };
  const operations = [
    ...READING,
    ...page === "customers" ? CUSTOMERS : [],
    ...events === undefined ? [] : EVENTS,
    ...trainings === undefined ? [] : TRAINING,
  ];
  const app = new Hono();
  app.use("*", ...guards(options.guard));
  if (drain !== undefined) app.use("*", drainGuard(drain));
  app.use("/v1/*", negotiate);
  const reading = readingRoutes(app, parts, operations, page);
  if (trainings !== undefined) trainingRoutesOf(reading, parts, trainings);
  if (page !== "off") app.route("/", pageRoutes());
  app.route("/", docsRoutes());
  if (metrics !== undefined) app.route("/", metricsRoute(() => metrics.text(), metrics.access));
  for (const [path, allow] of allowed(operations)) app.all(path, methodNotAllowed(allow));
  app.notFound((c) => problem(404, `There is nothing at ${c.req.path}`));
  app.onError((error) => {
    if (error instanceof HTTPException) return error.getResponse();
    log(`A request failed: ${error.message}`);
    return problem(500, "The server failed to answer; its log says why");
  });
  return app;
}

/** What a typed client can call: all routes, those of events and training too. */
export type AppType = ReturnType<typeof trainingRoutesOf>;

function readingRoutes(
  app: Hono,
  parts: Parts,
  operations: readonly Operation[],
  page: Page,
) {
  return app
    .route("/", rootRoute(parts, operations.map(lineOf), page !== "off"))
    .route("/", recoRoute(parts))
    .route("/", healthRoutes(parts))
    .route("/", userRoutes(parts))
    .route("/", recommendationsRoute(parts))
    .route("/", itemRoutes(parts))
    .route("/", catalogueRoutes(parts))
    .route("/", customerRoutes(parts, page === "customers"))
    .route("/", modelRoutes(parts))
    .route("/", eventRoutes(parts))
    .route("/", documentRoute(operations));
}

function trainingRoutesOf(
  app: ReturnType<typeof readingRoutes>,
  parts: Parts,
  trainings: Trainings,
) {
  return app
    .route("/", trainRoute(parts, trainings))
    .route("/", trainingRoutes(parts, trainings));
}

/** A call as `GET /` lists it. */
function lineOf({ method, path }: Operation): string {
  return `${method.toUpperCase()} ${path}`;
}

/** The methods of each path, as an Allow header says them. */
function allowed(operations: readonly Operation[]): Map<string, string> {
  const methods = new Map<string, string[]>();
  for (const { method, path, changesState } of operations) {
    const route = path.replace(/\{(\w+)\}/g, ":$1");
    const more = methods.get(route) ?? [];
    more.push(method.toUpperCase());
    // A GET that changes something has no HEAD.
    if (method === "get" && !changesState) more.push("HEAD");
    methods.set(route, more);
  }
  return new Map([...methods].map(([path, all]) => [path, all.join(", ")]));
}
