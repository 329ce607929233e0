/** A request's body, as much of it as is let in. */
import { failure } from "./problem.ts";

/** The most bytes of the body of a call that takes one id. */
export const MAX_BODY = 16 * 1024;

/** The most bytes of a body that lists ids: a basket, what is in stock. */
export const MAX_LIST_BODY = 2 * 1024 * 1024;

/**
 * The body as text; `undefined` where it is larger than `limit` bytes, whatever its headers say. Throws
 * `TypeError` where it is not UTF-8 or breaks off.
 */
export async function readText(request: Request, limit: number): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > limit) return undefined;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const texts: string[] = [];
  let size = 0;
  // Not by a second Request of a counted stream: that makes Deno warn about `request.signal`.
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > limit) return undefined;
    texts.push(decoder.decode(chunk, { stream: true }));
  }
  texts.push(decoder.decode());
  return texts.join("");
}

/**
 * The body as JSON. Throws the problem to answer with: 415 for another type, 413 above `limit` bytes,
 * 400 for what is not JSON in UTF-8. `example` shows in the message how a body reads.
 */
export async function readJson(
  request: Request,
  { limit, example }: { readonly limit: number; readonly example: string },
): Promise<unknown> {
  const type = request.headers.get("content-type");
  if (type !== null && !/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(type)) {
    throw failure(415, `The body's type is ${JSON.stringify(type)}`, {
      remedy: "Send JSON with Content-Type: application/json",
    });
  }
  let text: string | undefined;
  let json: unknown;
  try {
    text = await readText(request, limit);
    if (text !== undefined) json = JSON.parse(text);
  } catch {
    throw failure(400, `The body is not JSON; it should read like ${example}`);
  }
  if (text === undefined) throw failure(413, `The body is larger than ${limit} bytes`);
  if (reachesForPrototypes(text)) {
    throw failure(422, 'The body has a key "__proto__"', {
      remedy: `It should read like ${example}`,
    });
  }
  return json;
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
