/**
 * `deno task setup:spark`: installs PySpark for `train.solver = "spark"` into `.spark/`, or with
 * `--home DIR` writes there what starts the Spark in DIR. Ends at once where it is there already.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { z } from "zod";
import { HOME } from "../als/spark/submit.ts";
import { remove, statOf, textOf } from "../engine/atomic.ts";
import { type Machine, machine, mustRun, requireTools } from "./machine.ts";

const REQUIREMENTS = fileURLToPath(new URL("spark_requirements.txt", import.meta.url));

/** Spark 4 runs on these; the last is only told of. */
const OLDEST_JAVA = 17;

/** Written last: where it is, the rest is whole. */
const MANIFEST = "manifest.json";

const manifestSchema = z.object({
  spark: z.string(),
  java: z.string(),
  /** Of the user's own Spark; null: the one that was installed here. */
  home: z.string().nullable(),
  requirements: z.string(),
});

/** Sets Spark up in `folder`: installed, or the user's own in `home`. Throws `Error` with the remedy. */
export async function setUpSpark(folder: string, on: Machine, home: string | null): Promise<void> {
  const requirements = await Deno.readTextFile(REQUIREMENTS);
  const manifest = join(folder, MANIFEST);
  const text = await textOf(manifest);
  const found = text === undefined ? undefined : manifestSchema.parse(JSON.parse(text));
  const java = await requireJava(on);
  if (found?.home === home && found.requirements === requirements) {
    on.say(
      `Spark ${found.spark} is there already${home === null ? "" : `, in ${home}`}; Java ${java}`,
    );
    return;
  }
  await remove(manifest);
  const { started, spark } = home === null ? await install(folder, on) : await adopt(home, on);
  await Deno.mkdir(join(folder, "bin"), { recursive: true });
  await Deno.writeTextFile(join(folder, "bin", "spark-submit"), started, { mode: 0o755 });
  const facts: z.infer<typeof manifestSchema> = { spark, java, home, requirements };
  await Deno.writeTextFile(manifest, JSON.stringify(facts, null, 1));
  on.say(
    `Spark ${spark} is ready.`,
  );
  on.say(
    "Next: deno task pipeline --set train.solver=spark --set train.regularization=weighted " +
      "--set train.earlyStopping=false",
  );
}

/** The major version of Java. Throws `Error` that names the package to install where it is too old. */
async function requireJava(on: Machine): Promise<string> {
  const remedy = "On Debian and Ubuntu: apt-get install openjdk-17-jre-headless";
  let output: string;
  try {
    output = (await on.run("java", ["-version"])).output;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Spark needs Java ${OLDEST_JAVA} or later, and there is none here. ${remedy}`, {
      cause: error,
    });
  }
  const [, version] = /version "(\d+)/.exec(output) ?? [];
  if (version !== undefined && Number(version) >= OLDEST_JAVA) return version;
  throw new Error(
    `Spark needs Java ${OLDEST_JAVA} or later, and java here is ${
      version ?? "of no known version"
    }. ` +
      remedy,
  );
}

interface Ready {
  /** The script that starts spark-submit. */
  readonly started: string;
  readonly spark: string;
}

async function install(folder: string, on: Machine): Promise<Ready> {
  await requireTools(on, [{
    name: "python3 with venv",
    command: "python3",
    args: ["-c", "import ensurepip, venv"],
    debian: "python3-venv",
  }]);
  on.say("installing PySpark from PyPI (460 MB to load, 590 MB installed):");
  const venv = join(folder, "venv");
  // An interrupted or other installation is no start for this one.
  await remove(venv);
  await Deno.mkdir(folder, { recursive: true });
  await mustRun(on, "A virtual environment of Python", "python3", ["-m", "venv", venv]);
  const python = join(venv, "bin", "python");
  const args = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", REQUIREMENTS];
  await mustRun(on, "The installation of PySpark", python, args);
  const where =
    "import pyspark, os; print(os.path.dirname(pyspark.__file__)); print(pyspark.__version__)";
  const { output } = await on.run(python, ["-c", where]);
  const [home = "", spark = ""] = output.trim().split("\n");
  return { spark, started: script(home, python) };
}

/** A Spark that the user has, with its own configuration. */
async function adopt(home: string, on: Machine): Promise<Ready> {
  const program = join(home, "bin", "spark-submit");
  if (await statOf(program) === undefined) {
    throw new Error(
      `${home} is no Spark: there is no bin/spark-submit in it. Give Spark's own folder`,
    );
  }
  const { success, output } = await on.run(program, ["--version"]);
  const [, spark] = /version (\d+\.\d+\.\d+)/.exec(output) ?? [];
  if (!success || spark === undefined) {
    throw new Error(
      `${program} --version does not say which Spark it is:\n${output.trim().slice(-500)}`,
    );
  }
  return { spark, started: script(home, undefined) };
}

/** Replaced by Spark's own spark-submit at once, so that signals reach it. */
function script(home: string, python: string | undefined): string {
  const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const lines = ["#!/bin/sh", `export SPARK_HOME=${quote(home)}`];
  if (python !== undefined) lines.push(`export PYSPARK_PYTHON=${quote(python)}`);
  return [...lines, `exec "$SPARK_HOME/bin/spark-submit" "$@"`, ""].join("\n");
}

if (import.meta.main) {
  try {
    const { values } = parseArgs({ args: Deno.args, options: { home: { type: "string" } } });
    await Deno.mkdir(HOME, { recursive: true });
    using lock = await Deno.open(join(HOME, "lock"), { create: true, write: true });
    await lock.lock(true);
    await setUpSpark(HOME, machine, values.home ?? null);
  } catch (error) {
    machine.say(`error: ${error instanceof Error ? error.message : String(error)}`);
    Deno.exitCode = 1;
  }
}
