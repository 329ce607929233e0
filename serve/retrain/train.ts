/** One training, asked of a server: started, then asked after until it has ended. */
import { z } from "zod";
import { trainingSchema } from "../schemas/training.ts";

/** Between two questions after a training, in milliseconds. */
const POLL_MS = 2000;
/** How long the server may be out of reach while it trains, in milliseconds. */
const UNREACHABLE_MS = 120_000;
/** How long one answer may take, in milliseconds. */
const ANSWER_MS = 30_000;

/** A training that did not come to a new model. */
export class RetrainError extends Error {
  override readonly name = "RetrainError";
  /** Whether asking again may help: not where the server refuses. */
  readonly again: boolean;

  constructor(message: string, again: boolean, options?: ErrorOptions) {
    super(message, options);
    this.again = again;
  }
}

/** The server, and what stands between it and the caller; tests set it. */
export interface Server {
  /** Where it answers, with whatever path it is mounted at. */
  readonly url: string;
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch;
  /** Waits so many milliseconds; rejects once the signal is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

const problemSchema = z.object({ detail: z.string(), remedy: z.string().optional() });

/**
 * Has the server train, and waits for the end; returns the version that then answers. Throws
 * `RetrainError` where there is none, and the signal's reason once it is aborted.
 */
export async function train(server: Server, signal: AbortSignal): Promise<string> {
  const started = await call(server, "POST", "v1/train", signal);
  if (started.status !== 202) throw await refused(started);
  const { id } = await trainingOf(started, signal);
  let heard = performance.now();
  for (;;) {
    await server.wait(POLL_MS, signal);
    let response: Response;
    try {
      response = await call(server, "GET", `v1/train/${id}`, signal);
      // A proxy answers so while the server behind it is away.
      if (response.status >= 500 || response.status === 429) throw await refused(response);
    } catch (error) {
      if (!(error instanceof RetrainError) || performance.now() - heard > UNREACHABLE_MS) {
        throw error;
      }
      continue;
    }
    heard = performance.now();
    if (response.status === 404) {
      await response.body?.cancel();
      throw new RetrainError("the server was started anew while it trained", true);
    }
    if (response.status !== 200) throw await refused(response);
    const { status, model, error } = await trainingOf(response, signal);
    if (status === "running") continue;
    if (model !== null) return model;
    const where = error?.stage ? `${error.stage}: ` : "";
    const remedy = error?.remedy ? ` What to do: ${error.remedy}.` : "";
    throw new RetrainError(`${where}${error?.message ?? "the training failed"}.${remedy}`, true);
  }
}

/** Whether a server answers with a model; `undefined` where it does not answer. */
export async function hasModel(server: Server, signal: AbortSignal): Promise<boolean | undefined> {
  try {
    const { status, body } = await call(server, "GET", "health/ready", signal);
    await body?.cancel();
    return status === 200 ? true : status === 503 ? false : undefined;
  } catch (error) {
    if (error instanceof RetrainError) return undefined;
    throw error;
  }
}

async function call(
  { url, token, fetch: send = fetch }: Server,
  method: string,
  path: string,
  signal: AbortSignal,
): Promise<Response> {
  const target = new URL(path, url.endsWith("/") ? url : `${url}/`);
  try {
    return await send(target, {
      method,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      // The token is for this server only.
      redirect: "error",
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
    });
  } catch (error) {
    signal.throwIfAborted();
    const why = error instanceof Error ? error.message : String(error);
    throw new RetrainError(`${target.origin} does not answer: ${why}`, true, { cause: error });
  }
}

/** The training that an answer tells of. Throws `RetrainError` where it tells of none. */
async function trainingOf(
  response: Response,
  signal: AbortSignal,
): Promise<z.infer<typeof trainingSchema>> {
  try {
    return trainingSchema.parse(await response.json());
  } catch (error) {
    signal.throwIfAborted();
    const what = "an answer tells of no training: is something else at this address for a while?";
    throw new RetrainError(what, true, { cause: error });
  }
}

/** What an answer says that is no training. */
async function refused(response: Response): Promise<RetrainError> {
  const { status } = response;
  const again = status >= 500 || status === 429;
  const text = await response.text().catch(() => "");
  let said: z.infer<typeof problemSchema> | undefined;
  try {
    said = problemSchema.parse(JSON.parse(text));
  } catch {
    // No problem document: what stands between answers in its own way.
  }
  if (status === 404) {
    return new RetrainError("there is no training at this address: is it the server's?", false);
  }
  const remedy = said?.remedy === undefined ? "" : ` What to do: ${said.remedy}.`;
  return new RetrainError(
    `the server answers ${status}: ${said?.detail ?? "no reason given"}.${remedy}`,
    again,
  );
}
