/** Connections that are encrypted, and servers that are not who they say. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { read, SECRET } from "../support/database_shop.ts";
import {
  type Pair,
  PASSWORD,
  type Server,
  startMariadb,
  startPostgres,
} from "../support/databases.ts";
import { say } from "./command_line.ts";

const KINDS = {
  postgresql: {
    start: startPostgres,
    encrypted: "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
  },
  mysql: {
    start: startMariadb,
    encrypted: "SELECT CASE WHEN variable_value = '' THEN 'false' ELSE 'true' END AS `ssl` " +
      "FROM information_schema.session_status WHERE variable_name = 'SSL_CIPHER'",
  },
} as const;

/** Throws `AssertionError` where `sslmode` does not keep what it promises; certificates come from openssl. */
export async function showEncryption(kind: Server["kind"], folder: string): Promise<void> {
  const [own, other] = [await certified(folder, "localhost"), await certified(folder, "elsewhere")];
  if (own === undefined || other === undefined) {
    return say(`${kind}: encryption skipped (no openssl here: apt-get install openssl)`);
  }
  const { start, encrypted } = KINDS[kind];
  const ask = async (server: Server, options: string, host = "localhost") => {
    const url = server.url.replace("127.0.0.1", host) + options;
    const [row] = await read({ ...server, url }, encrypted);
    return row?.ssl;
  };
  Deno.env.set(SECRET, PASSWORD);
  {
    await using server = await start(own);
    const trusted = `&sslrootcert=${own.certificate}`;
    assert.equal(await ask(server, ""), "true");
    assert.equal(await ask(server, "?sslmode=require"), "true");
    assert.equal(await ask(server, "?sslmode=disable"), "false");
    assert.equal(await ask(server, `?sslmode=verify-full${trusted}`), "true");
    await assert.rejects(ask(server, "?sslmode=verify-full"), /self.signed/);
    await assert.rejects(
      ask(server, `?sslmode=verify-full${trusted}`, "127.0.0.1"),
      /altname|wants a name/,
    );
  }
  {
    await using server = await start(other);
    const trusted = `&sslrootcert=${other.certificate}`;
    await assert.rejects(ask(server, `?sslmode=verify-full${trusted}`), /altname|certificate/);
    assert.equal(await ask(server, "?sslmode=require"), "true");
  }
  say(`${kind}: encrypted as sslmode says; verify-full refuses strangers and other names`);
}

async function certified(folder: string, name: string): Promise<Pair | undefined> {
  const pair = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) };
  const args = ["req", "-new", "-x509", "-days", "2", "-nodes", "-newkey", "rsa:2048"];
  args.push("-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`);
  args.push("-keyout", pair.key, "-out", pair.certificate);
  try {
    return (await new Deno.Command("openssl", { args, stderr: "null" }).output()).success
      ? pair
      : undefined;
  } catch {
    return undefined;
  }
}
