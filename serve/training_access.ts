/** Who may start a training: never a page in a browser, and beyond loopback only with a token. */
import { createHash, timingSafeEqual } from "node:crypto";
import { problem } from "./problem.ts";

export interface TrainingAccess {
  /** Whether only this machine can reach the server's address. */
  readonly loopback: boolean;
  /** The bearer token to ask for. */
  readonly token?: string | undefined;
  /** Asks for no token, whatever the address: for a port that is published on loopback only. */
  readonly unauthenticated?: boolean;
  /** Host names to accept beside localhost, 127.0.0.1 and [::1]. */
  readonly hosts?: readonly string[];
}

const OWN_NAMES = ["localhost", "127.0.0.1", "[::1]"];

/** Why a request may not start a training, as a response; `undefined` where it may. */
export function refusal(request: Request, access: TrainingAccess): Response | undefined {
  const { headers } = request;
  // Browsers send no Origin with the GET of a picture, but say where it comes from.
  const site = headers.get("sec-fetch-site");
  if (headers.has("origin") || (site !== null && site !== "none")) {
    return problem(403, "Training cannot be started by a web page", {
      remedy: "Call it from a program, without an Origin header",
    });
  }
  const host = headers.get("host") ?? new URL(request.url).host;
  const name = hostName(host);
  // A foreign name that resolves to this machine is how a page gets round its browser's rules.
  if (name === undefined || ![...OWN_NAMES, ...access.hosts ?? []].includes(name)) {
    return problem(403, "Training was asked for under a host name that is not this server's", {
      remedy: "Call it as localhost, or name the host in RECOMMENDER_HOSTS",
    });
  }
  if (access.unauthenticated) return undefined;
  if (access.token === undefined) {
    if (access.loopback) return undefined;
    return problem(403, "Training is closed: the server listens beyond loopback without a token", {
      remedy: "Set RECOMMENDER_TOKEN and send it as a bearer token, or listen on 127.0.0.1",
    });
  }
  const given = /^Bearer +(.+)$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (given !== undefined && same(given, access.token)) return undefined;
  return problem(
    401,
    "Training needs the server's bearer token",
    { remedy: "Send it as `Authorization: Bearer …`" },
    { "www-authenticate": "Bearer" },
  );
}

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

/** The name in a Host header, lower case and without its port; `undefined` where it is none. */
function hostName(host: string): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[^\s:/@?#\\[\]]+)(:\d{1,5})?$/i.exec(host);
  return found?.[1]?.toLowerCase();
}

/** Compares in a time that tells nothing about where two texts differ. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
