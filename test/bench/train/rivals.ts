/** Rivals: Python packages, each pinned and installed into a virtual environment of its own. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openEnvironment } from "./environment.ts";
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
  const python = await openEnvironment({
    name,
    requirements: requirementsOf(name),
    // Spark is published as source only, which is built without a compiler.
    sources: name === "spark",
  }, { work, log });
  return programOf(name, python, threads);
}

/** What pins a rival. */
export function requirementsOf(name: RivalName): string {
  return join(folder, name, "requirements.txt");
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
