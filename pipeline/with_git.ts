/**
 * `deno task gate`, `deno task metrics`: starts the command line with the right to run git and the Deno that
 * runs this, besides its usual ones. A task cannot name where that Deno lies.
 */
import { fileURLToPath } from "node:url";
import { tell } from "./child.ts";

/** The command line's permissions: those of `deno task pipeline`, git and `deno`. */
export function permissions(deno: string): string[] {
  return [
    "--no-prompt",
    "--allow-read",
    "--allow-write",
    "--allow-env",
    "--allow-sys",
    "--allow-ffi",
    `--allow-run=git,.spark/bin/spark-submit,${deno.replaceAll(",", ",,")}`,
  ];
}

async function launch(args: readonly string[]): Promise<number> {
  const deno = Deno.execPath();
  const child = new Deno.Command(deno, {
    args: [
      "run",
      ...permissions(deno),
      fileURLToPath(new URL("main.ts", import.meta.url)),
      ...args,
    ],
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    stdin: "null",
  }).spawn();
  // A terminal sends Ctrl-C to the child, too: to pass it on would interrupt it twice.
  const passed = Deno.stderr.isTerminal() ? ["SIGTERM"] as const : ["SIGTERM", "SIGINT"] as const;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (passed.some((each) => each === signal)) tell(child, signal);
    });
  }
  return (await child.status).code;
}

if (import.meta.main) Deno.exit(await launch(Deno.args));
