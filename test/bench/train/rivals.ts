/** Rivals: Python packages, each pinned and installed into a virtual environment of its own. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Program } from "./session.ts";

const folder = fileURLToPath(new URL("../rivals/", import.meta.url));

/** The solvers; and the service that the server replaces, which only `bench:serve` starts. */
export type RivalName = "implicit" | "irspack" | "spark" | "flask";
export const rivalNames: readonly RivalName[] = ["implicit", "irspack", "spark"];

export interface RivalOptions {
  /** Virtual environments are in its folder `venv`. */
  readonly work: string;
  readonly threads: number;
  readonly log: (line: string) => void;
}

/**
 * How to start a rival, installed first where it is not there yet or its pins have changed. Throws
 * `Error` with pip's last words where it cannot be installed.
 */
export async function openRival(
  name: RivalName,
  { work, threads, log }: RivalOptions,
): Promise<Program> {
  const requirements = join(folder, name, "requirements.txt");
  const digest = createHash("sha256").update(await Deno.readFile(requirements)).digest("hex");
  const environment = join(work, "venv", name);
  const stamp = join(environment, "installed");
  const python = join(environment, "bin", "python");
  if (await Deno.readTextFile(stamp).catch(() => "") !== digest) {
    log(`installing ${name} into a virtual environment of its own`);
    await run(name, "python3", ["-m", "venv", "--clear", environment]);
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"];
    // Spark is published as source only, which is built without a compiler.
    const wheels = name === "spark" ? [] : ["--only-binary=:all:"];
    await run(name, python, [...pip, ...wheels, "-r", requirements]);
    await Deno.writeTextFile(stamp, digest);
  }
  return programOf(name, python, threads);
}

/** Why Spark is not among the rivals here, or undefined: it is large, and needs Java. */
export async function sparkMissing(work: string): Promise<string | undefined> {
  const java = new Deno.Command("java", { args: ["-version"], stdout: "null", stderr: "null" });
  const there = await java.output().then(({ success }) => success, () => false);
  if (!there) return "Java is not installed";
  const installed = await Deno.stat(join(work, "venv", "spark", "installed"))
    .then(() => true, () => false);
  return installed ? undefined : "pyspark is not installed: --spark installs it (0.5 GB)";
}

function programOf(name: RivalName, python: string, threads: number): Program {
  return {
    command: python,
    args: [join(folder, name, name === "flask" ? "app.py" : "run.py")],
    env: {
      OMP_NUM_THREADS: String(threads),
      // Their own threads share the rows: threads of BLAS beside them only get in their way.
      OPENBLAS_NUM_THREADS: "1",
      MKL_NUM_THREADS: "1",
      PYTHONDONTWRITEBYTECODE: "1",
      PYSPARK_PYTHON: python,
      SPARK_LOCAL_IP: "127.0.0.1",
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
