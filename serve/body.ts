/** A request's body, as much of it as is let in. */

/** The most bytes of a body. */
export const MAX_BODY = 16 * 1024;

/** How long a body may take to come, in milliseconds. */
const MOST_MS = 10_000;

/** What is wrong with a body that was not read. */
export type BodyFault = "too large" | "too slow";

/** How much is let in, and how slowly. */
export interface BodyLimits {
  readonly bytes?: number;
  readonly ms?: number;
}

/**
 * The body as text, or why not: "too large" where it has more bytes than are let in, whatever its
 * headers say, "too slow" where it does not come in time. Throws `TypeError` where it is not UTF-8 or
 * breaks off.
 */
export async function readBody(
  request: Request,
  { bytes = MAX_BODY, ms = MOST_MS }: BodyLimits = {},
): Promise<{ readonly text: string } | BodyFault> {
  const declared = request.headers.get("content-length");
  if (declared !== null && !(Number(declared) <= bytes)) return "too large";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<"too slow">((resolve) => {
    timer = setTimeout(() => resolve("too slow"), ms);
  });
  try {
    // What is declared is all that comes: the server cuts off the rest. It is read at once, without
    // the price of a stream.
    const body = declared === null ? readStream(request, bytes) : request.bytes();
    const read = await Promise.race([body, late]);
    if (typeof read === "string") {
      body.catch(() => {});
      return read;
    }
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(read) };
  } finally {
    clearTimeout(timer);
  }
}

async function readStream(request: Request, most: number): Promise<Uint8Array | "too large"> {
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

/** The body as text; `undefined` where it is too large. Throws as `readBody` does. */
export async function readText(request: Request): Promise<string | undefined> {
  const read = await readBody(request);
  return typeof read === "string" ? undefined : read.text;
}
