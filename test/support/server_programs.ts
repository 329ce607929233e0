/** The programs of database servers: found, run and given files, never as root. */
import { join } from "node:path";
import process from "node:process";

const NOBODY = 65534;

/** Gives a file or folder to whom the programs run as. */
export async function give(path: string): Promise<void> {
  if (Deno.uid() === 0) await Deno.chown(path, NOBODY, NOBODY);
}

/** Root starts them as somebody else: PostgreSQL refuses to run as root. */
function command(program: string, args: readonly string[], piped: boolean): Deno.Command {
  const own = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups", "--"];
  const output = piped ? "piped" : "null";
  const [run, all] = Deno.uid() === 0
    ? ["setpriv", [...own, program, ...args]]
    : [program, [...args]];
  return new Deno.Command(run, {
    args: all,
    cwd: "/",
    stdin: "null",
    stdout: output,
    stderr: output,
  });
}

/** Starts one that runs until it is killed. */
export function spawned(program: string, args: readonly string[]): Deno.ChildProcess {
  return command(program, args, false).spawn();
}

/** Runs one to its end. Throws `Error` with its words where it fails. */
export async function ran(program: string, args: readonly string[]): Promise<void> {
  const { success, stdout, stderr } = await command(program, args, true).output();
  if (success) return;
  const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("\n");
  throw new Error(`${program} failed: ${text.slice(-2000)}`);
}

/** The path of a program; `undefined` where it is not installed. Debian keeps PostgreSQL's programs in a folder of each version. */
export async function programOf(name: string): Promise<string | undefined> {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/usr/local/sbin"];
  const versions: string[] = [];
  try {
    for await (const { name } of Deno.readDir("/usr/lib/postgresql")) versions.push(name);
  } catch {
    // There is none of Debian's.
  }
  versions.sort((a, b) => Number(b) - Number(a));
  folders.push(...versions.map((version) => `/usr/lib/postgresql/${version}/bin`));
  for (const folder of folders) {
    const path = join(folder, name);
    if ((await Deno.stat(path).catch(() => undefined))?.isFile === true) {
      return await Deno.realPath(path);
    }
  }
  return undefined;
}
