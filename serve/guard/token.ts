/** The bearer token. */
import { createHash, timingSafeEqual } from "node:crypto";

/** Whether a request bears `token`. */
export function bears(request: Request, token: string): boolean {
  const given = /^Bearer +(\S.*)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return given !== undefined && same(given, token);
}

/** Compares in a time that tells nothing about where two texts differ, nor how long the secret is. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
