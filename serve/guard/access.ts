/** Who may change what the server does: never a page in a browser, and beyond loopback only with a token. */
import { problem } from "../problem.ts";
import { hostName, OWN_NAMES } from "./host.ts";
import { bears } from "./token.ts";

/** Who may change what the server does: train, activate a model, post and delete purchases. */
export interface Access {
  /** Whether only this machine can reach the server's address. */
  readonly loopback: boolean;
  /** The bearer token to ask for. */
  readonly token?: string | undefined;
  /** Asks for no token, whatever the address: for a port that is published on loopback only. */
  readonly unauthenticated?: boolean;
  /** Host names to accept beside localhost, 127.0.0.1 and [::1]. */
  readonly hosts?: readonly string[];
}

/**
 * Why a request may not change what the server does, as a response; `undefined` where it may. The one
 * rule of every route that changes something.
 */
export function refusal(request: Request, access: Access): Response | undefined {
  const { headers } = request;
  // Browsers send no Origin with the GET of a picture, but say where it comes from.
  const site = headers.get("sec-fetch-site");
  if (headers.has("origin") || (site !== null && site !== "none")) {
    return problem(403, "A web page may not change what this server does", {
      remedy: "Call it from a program, without an Origin header",
    });
  }
  const host = headers.get("host") ?? new URL(request.url).host;
  const name = hostName(host);
  // A foreign name that resolves to this machine is how a page gets round its browser's rules.
  if (name === undefined || ![...OWN_NAMES, ...access.hosts ?? []].includes(name)) {
    return problem(403, "The Host header names no host of this server's", {
      remedy: "Call it as localhost, or name the host in RECOMMENDER_HOSTS",
    });
  }
  if (access.unauthenticated) return undefined;
  if (access.token === undefined) {
    if (access.loopback) return undefined;
    return problem(
      403,
      "Nothing can be changed: the server listens beyond loopback without a token",
      {
        remedy: "Set RECOMMENDER_TOKEN and send it as a bearer token, or listen on 127.0.0.1",
      },
    );
  }
  if (bears(request, access.token)) return undefined;
  return problem(
    401,
    "This needs the server's bearer token",
    { remedy: "Send it as `Authorization: Bearer …`" },
    { "www-authenticate": "Bearer" },
  );
}

/** Whether an address to listen on can be reached from this machine only. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}
