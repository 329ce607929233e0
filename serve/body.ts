/** A request's body, as much of it as is let in, and no longer than it may take. */
import { failure } from "./problem.ts";

/** The most bytes of the body of a call that takes one id. */
export const MAX_BODY = 16 * 1024;

/** The most bytes of a body that lists ids: a basket, what is in stock. */
export const MAX_LIST_BODY = 2 * 1024 * 1024;

/** How long a body may take to come, in milliseconds. */
const MOST_MS = 10_000;

/** What is wrong with a body that was not read. */
export type BodyFault = "too large" | "too slow";

/**
 * The body, or why not: "too large" where it has more than `limit` bytes, whatever its headers say,
 * "too slow" where it has not come after `ms` milliseconds. Rejects where it breaks off.
 */
export async function readBytes(
  request: Request,
  limit: number,
  ms = MOST_MS,
): Promise<Uint8Array | BodyFault> {
  const declared = request.headers.get("content-length");
  if (declared !== null && !(Number(declared) <= limit)) return "too large";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<BodyFault>((resolve) => {
    timer = setTimeout(() => resolve("too slow"), ms);
  });
  // No more comes than is declared: it is read at once, without the price of a stream.
  const body = declared === null ? readStream(request, limit) : request.bytes();
  // Who breaks off after the deadline is not heard any more.
  body.catch(() => {});
  try {
    return await Promise.race([body, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function readStream(request: Request, most: number): Promise<Uint8Array | BodyFault> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Not by a second Request of a counted stream: that makes Deno warn about `request.signal`.
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > most) return "too large";
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** How much of a body is let in, and what is said of one that does not fit. */
export interface BodyOptions {
  /** Bytes. */
  readonly limit: number;
  /** Milliseconds that it may take; 10 s unless given. */
  readonly ms?: number | undefined;
  /** How a body reads, for the message. */
  readonly example: string;
}

/**
 * The body as JSON. Throws the problem to answer with: 415 for another type, 413 where it is too
 * large, 408 where it is too slow, 400 for what is not JSON in UTF-8.
 */
export async function readJson(
  request: Request,
  { limit, ms, example }: BodyOptions,
): Promise<unknown> {
  const type = request.headers.get("content-type");
  if (type !== null && !/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    throw failure(415, `The body's type is ${JSON.stringify(type)}`, {
      remedy: "Send JSON with Content-Type: application/json",
    });
  }
  let read: Uint8Array | BodyFault;
  try {
    read = await readBytes(request, limit, ms);
    if (typeof read !== "string") {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(read);
      const json: unknown = JSON.parse(text);
      if (!reachesForPrototypes(text)) return json;
    }
  } catch {
    // Also what is nested so deep that no parser comes back from it.
    throw failure(400, `The body is not JSON; it should read like ${example}`);
  }
  if (read === "too large") throw failure(413, `The body is larger than ${limit} bytes`);
  // The caller is told to end the connection: Deno would wait for the rest as long as it takes.
  if (read === "too slow") {
    throw failure(408, "The body did not come in time", { remedy: "Send it at once" }, {
      connection: "close",
    });
  }
  throw failure(422, 'The body has a key "__proto__"', {
    remedy: `It should read like ${example}`,
  });
}

/** Whether an object has a key that parsers drop: what was asked for would be another thing. */
function reachesForPrototypes(text: string): boolean {
  // Nearly no body has either, and a reviver is slow.
  if (!text.includes("__proto__") && !text.includes("\\u")) return false;
  let found = false;
  try {
    JSON.parse(text, (key, value: unknown) => {
      found ||= key === "__proto__";
      return value;
    });
  } catch {
    // Nested deeper than the reviver can follow: no body that is meant well.
    return true;
  }
  return found;
}
