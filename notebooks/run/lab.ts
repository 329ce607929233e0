/** `deno task lab`: installs the Deno kernel for Jupyter and opens JupyterLab, or says how to get it. */
import { fileURLToPath } from "node:url";

const HOW =
  "Get it with `pip install jupyterlab` (Python 3), or `apt-get install jupyterlab`, and " +
  "run `deno task lab` again. The notebooks need it for editing only: `deno task notebooks` " +
  "executes them without it, and GitHub and editors show them as they are.";

/** Whether `jupyter NAME` is there to be run. */
async function has(name: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("jupyter", { args: [name, "--version"] }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Opens JupyterLab on the notebooks' folder and returns its exit code; 1 where there is none. */
async function main(): Promise<number> {
  if (!await has("lab")) {
    say(`There is no JupyterLab on this machine. ${HOW}`);
    return 1;
  }
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["jupyter", "--install"],
  }).output();
  if (!success) {
    say(`The Deno kernel cannot be installed: ${new TextDecoder().decode(stderr).trim()}`);
    return 1;
  }
  const { code } = await new Deno.Command("jupyter", {
    args: ["lab", fileURLToPath(new URL("../", import.meta.url))],
    stdin: "inherit",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  return code;
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) Deno.exit(await main());
