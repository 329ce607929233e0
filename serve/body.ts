/** A request's body, as much of it as is let in. */

/** The most bytes of a body. */
export const MAX_BODY = 16 * 1024;

/**
 * The body as text; `undefined` where it is larger than `MAX_BODY`, whatever its headers say. Throws
 * `TypeError` where it is not UTF-8 or breaks off.
 */
export async function readText(request: Request): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY) return undefined;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let size = 0;
  // Not by a second Request of a counted stream: that makes Deno warn about `request.signal`.
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
