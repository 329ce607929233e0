/** Rivals: Python packages, each pinned and installed into a virtual environment of its own. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Program } from "./session.ts";

const folder = fileURLToPath(new URL("../rivals/", import.meta.url));

export type RivalName = "implicit" | "irspack";
export const rivalNames: readonly RivalName[] = ["implicit", "irspack"];

/**
 * How to start a rival, installed first where it is not there yet or its pins have changed. Throws
 * `Error` with pip's last words where it cannot be installed.
 */
export async function openRival(
  name: RivalName,
  { work, threads, log }: { work: string; threads: number; log: (line: string) => void },
): Promise<Program> {
  const requirements = join(folder, name, "requirements.txt");
  const digest = createHash("sha256").update(await Deno.readFile(requirements)).digest("hex");
  const environment = join(work, "venv", name);
  const stamp = join(environment, "installed");
  const python = join(environment, "bin", "python");
  const installed = await Deno.readTextFile(stamp).catch(() => "");
  if (installed !== digest) {
    log(`installing ${name} into a virtual environment of its own`);
    await run(name, "python3", ["-m", "venv", "--clear", environment]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    await run(name, python, [...pip, "--only-binary=:all:", "-r", requirements]);
    await Deno.writeTextFile(stamp, digest);
  }
  return {
    command: python,
    args: [join(folder, name, "run.py")],
    env: {
      OMP_NUM_THREADS: String(threads),
      // Their own threads share the rows: threads of BLAS beside them only get in their way.
      OPENBLAS_NUM_THREADS: "1",
      MKL_NUM_THREADS: "1",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  };
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
