/** The commands that a setup needs of the machine. */

/** How a command ended. */
export interface Ended {
  readonly success: boolean;
  /** What it wrote, standard error after standard output. */
  readonly output: string;
}

/** What a setup does to the machine beside writing files, so that tests can stand in for it. */
export interface Machine {
  readonly os: string;
  readonly arch: string;
  /** Runs a command to its end. Throws `Deno.errors.NotFound` where there is no such command. */
  run(command: string, args: readonly string[]): Promise<Ended>;
  say(line: string): void;
}

/** This machine. */
export const machine: Machine = {
  os: Deno.build.os,
  arch: Deno.build.arch,
  async run(command, args) {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    return { success, output: decoder.decode(stdout) + decoder.decode(stderr) };
  },
  say(line) {
    Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
  },
};

/** A command, how to ask whether it is there, and what brings it. */
export interface Tool {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly debian: string;
}

/** Throws `Error` that names all of the tools that are not there, and the Debian packages to install. */
export async function requireTools(on: Machine, tools: readonly Tool[]): Promise<void> {
  const missing: Tool[] = [];
  for (const tool of tools) if (!await works(on, tool)) missing.push(tool);
  if (missing.length === 0) return;
  throw new Error(
    `Missing here: ${missing.map(({ name }) => name).join(", ")}. On Debian and Ubuntu: ` +
      `apt-get install ${missing.map(({ debian }) => debian).join(" ")}`,
  );
}

/** Runs a command that must succeed; else throws `Error` with what failed and the command's words. */
export async function mustRun(
  on: Machine,
  what: string,
  command: string,
  args: readonly string[],
): Promise<void> {
  const { success, output } = await on.run(command, args);
  if (success) return;
  const last = output.trimEnd().split("\n").slice(-15).join("\n");
  throw new Error(`${what} failed. ${command} said:\n${last}`);
}

async function works(on: Machine, { command, args }: Tool): Promise<boolean> {
  try {
    return (await on.run(command, args)).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
