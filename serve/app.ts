/** The HTTP interface, as a Hono app to serve or to mount in another. */
import { type Context, Hono } from "hono";
import { z } from "zod";
import type { Recommender } from "../pipeline/recommender.ts";
import { MAX_BODY, readText } from "./body.ts";
import { problem } from "./problem.ts";
import { answer, CurrentRecommender } from "./recommender.ts";
import { recoRequestSchema } from "./schemas.ts";
import { refusal, type TrainingAccess } from "./training_access.ts";
import { TrainingError } from "./training.ts";

/** How an app is set up; without any of it, it answers `/reco` and `/health`. */
export interface AppOptions {
  /** Offers `/train`: `start` resolves once the new model answers. */
  readonly training?: {
    /** Trains, or joins a training at work; rejects with a `TrainingError`. */
    start(): Promise<void>;
    /** Who may start it. */
    readonly access: TrainingAccess;
  };
  /** Takes a line for the server's log. Default: none is written. */
  log?(line: string): void;
}

/**
 * The app over one model, or over one that is swapped: `POST /reco`, `/health/live`,
 * `/health/ready`, and `/train` where training is offered. Every error is a problem document.
 */
export function createApp(
  recommender: Recommender | CurrentRecommender,
  options: AppOptions = {},
): Hono {
  const live = recommender instanceof CurrentRecommender
    ? recommender
    : new CurrentRecommender(recommender);
  const { training } = options;
  const app = new Hono();
  const notReady = () =>
    problem(
      503,
      "No model is loaded",
      training ? { remedy: "Train one by GET /train, or start with the --model of another" } : {},
      { "retry-after": "10" },
    );

  app.get("/", (c) =>
    c.json({
      service: "product recommender",
      ready: live.current !== undefined,
      model: live.current?.model.manifest.model ?? null,
      calls: ['POST /reco {"user_id_hash": "…"}', "GET /health/live", "GET /health/ready"].concat(
        training ? ["GET /train", "POST /train"] : [],
      ),
    }));
  app.all("/", methodNotAllowed("GET, HEAD"));

  app.post("/reco", async (c) => {
    const body = await parseBody(c);
    if (body instanceof Response) return body;
    const { current } = live;
    if (current === undefined) return notReady();
    const reco = answer(current, body.user_id_hash);
    return c.json(reco.body, 200, { "X-Recommendation": reco.kind });
  });
  app.all("/reco", methodNotAllowed("POST"));

  app.get("/health/live", (c) => c.json({ status: "live" }));
  app.all("/health/live", methodNotAllowed("GET, HEAD"));
  app.get("/health/ready", (c) => {
    const { current } = live;
    return current ? c.json({ status: "ready", model: current.model.manifest.model }) : notReady();
  });
  app.all("/health/ready", methodNotAllowed("GET, HEAD"));

  if (training) {
    app.on(["GET", "POST"], "/train", async (c) => {
      // HEAD is answered by GET handlers, and must not train.
      if (c.req.method === "HEAD") return methodNotAllowed("GET, POST")();
      const refused = refusal(c.req.raw, training.access);
      if (refused) return refused;
      try {
        await training.start();
      } catch (error) {
        if (!(error instanceof TrainingError)) throw error;
        const { message, remedy, stage } = error;
        return problem(500, message, {
          ...remedy === "" ? {} : { remedy },
          ...stage === null ? {} : { stage },
        });
      }
      return c.text("training complete!");
    });
    app.all("/train", methodNotAllowed("GET, POST"));
  }

  app.notFound((c) => problem(404, `There is nothing at ${c.req.path}`));
  app.onError((error) => {
    options.log?.(`A request failed: ${error.message}`);
    return problem(500, "The server failed to answer; its log says why");
  });
  return app;
}

/** The request's body, or what is wrong with it. */
async function parseBody(c: Context): Promise<z.infer<typeof recoRequestSchema> | Response> {
  const type = c.req.header("content-type");
  if (type !== undefined && !/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    return problem(415, `The body's type is ${JSON.stringify(type)}`, {
      remedy: "Send JSON with Content-Type: application/json",
    });
  }
  let json: unknown;
  try {
    const text = await readText(c.req.raw);
    if (text === undefined) return problem(413, `The body is larger than ${MAX_BODY} bytes`);
    json = JSON.parse(text);
  } catch {
    return problem(400, 'The body is not JSON; it should read like {"user_id_hash": "…"}');
  }
  const parsed = recoRequestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  return problem(422, z.prettifyError(parsed.error).replace(/\s*\n\s*/g, "; "), {
    remedy: 'The body should read like {"user_id_hash": "…"}',
  });
}

function methodNotAllowed(allow: string): () => Response {
  return () => problem(405, `Only ${allow} is allowed here`, {}, { allow });
}
