/** Python packages, each set pinned and installed into a virtual environment of its own. */
import { createHash } from "node:crypto";
import { join } from "node:path";

export interface Environment {
  /** Its folder below `work`/venv. */
  readonly name: string;
  /** Path of a requirements file that pins everything. */
  readonly requirements: string;
  /** Whether packages without a wheel may be built; a compiler is not expected. */
  readonly sources?: boolean;
  /** Whether only what the file names is installed, since a package names too much. */
  readonly only?: boolean;
}

export interface EnvironmentOptions {
  /** Virtual environments are in its folder `venv`. */
  readonly work: string;
  readonly log: (line: string) => void;
}

/**
 * The Python of an environment, installed first where it is not there yet or its pins have changed.
 * Throws `Error` with pip's last words where it cannot be installed.
 */
export async function openEnvironment(
  { name, requirements, sources = false, only = false }: Environment,
  { work, log }: EnvironmentOptions,
): Promise<string> {
  const digest = createHash("sha256").update(await Deno.readFile(requirements)).digest("hex");
  const environment = join(work, "venv", name);
  const stamp = join(environment, "installed");
  const python = join(environment, "bin", "python");
  if (await Deno.readTextFile(stamp).catch(() => "") !== digest) {
    log(`installing ${name} into a virtual environment of its own`);
    await run(name, "python3", ["-m", "venv", "--clear", environment]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    if (!sources) pip.push("--only-binary=:all:");
    if (only) pip.push("--no-deps");
    await run(name, python, [...pip, "-r", requirements]);
    await Deno.writeTextFile(stamp, digest);
  }
  return python;
}

async function run(name: string, command: string, args: readonly string[]): Promise<void> {
  let output: Deno.CommandOutput;
  try {
    output = await new Deno.Command(command, { args: [...args], stdout: "null" }).output();
  } catch (cause) {
    throw new Error(`${name} needs ${command}, which cannot be started here`, { cause });
  }
  if (output.success) return;
  const words = new TextDecoder().decode(output.stderr).trim().split("\n").at(-1);
  throw new Error(`${name} could not be installed: ${words}`);
}
