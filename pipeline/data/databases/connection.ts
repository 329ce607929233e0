/** What both drivers have in common: how a connection is encrypted, and how long it may take. */
import type { Address } from "./address.ts";
import { DatabaseError, databaseFailure } from "./failure.ts";

/** Milliseconds until a server that does not answer is given up. */
export const connectTimeout = 15_000;

/** What Node's TLS is told: `require` encrypts, `verify-full` also asks who is there. */
export interface TlsOptions {
  readonly rejectUnauthorized: boolean;
  readonly ca?: string;
  readonly servername?: string;
}

/** Reads the file of trusted certificates, if there is one. Throws `TypeError` where it cannot be read. */
export async function tlsOptions({ tls, authorities, host }: Address): Promise<TlsOptions> {
  const verified = tls === "verify-full";
  const servername = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  if (authorities === undefined) return { rejectUnauthorized: verified, ...servername };
  try {
    const ca = await Deno.readTextFile(authorities);
    return { rejectUnauthorized: verified, ca, ...servername };
  } catch (cause) {
    throw new TypeError(`sslrootcert: ${authorities} cannot be read: name a PEM file`, { cause });
  }
}

/**
 * Connects as `sslmode` says; `prefer` goes on without encryption where the server has none, which
 * `refused` tells of an error. Throws as `databaseFailure` makes it; `key` is the config's.
 */
export async function withTls<T>(
  address: Address,
  key: string,
  connect: (encrypted: boolean) => Promise<T>,
  refused: (error: unknown) => boolean,
): Promise<T> {
  const attempt = async () => {
    if (address.tls === "disable") return await connect(false);
    try {
      return await connect(true);
    } catch (error) {
      if (address.tls !== "prefer" || !refused(error)) throw error;
      return await connect(false);
    }
  };
  try {
    return await attempt();
  } catch (error) {
    if (!refused(error)) throw databaseFailure(error, address, key);
    throw new DatabaseError(
      `${key}: ${address.label}: the server speaks no TLS, and sslmode asks for it`,
      "Turn TLS on in the server; on a network of your own, write ?sslmode=prefer in the url",
    );
  }
}
