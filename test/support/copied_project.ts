/** A copy of the real project in a temporary folder: what it holds may be edited, runs are its own. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { filesOf } from "../../pipeline/engine/digest.ts";

/** The real project's folder. */
export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const FILES = ["deno.json", "deno.lock", "notebooks/deno.json", "notebooks/deno.lock"];

const PERMISSIONS = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-ffi",
];

/** How a child process ended. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class CopiedProject implements AsyncDisposable {
  readonly root: string;

  private constructor(root: string) {
    this.root = root;
  }

  /** Copies the pipeline's sources, deno.json and the lock files; `config` is its pipeline.json. */
  static async create(config: object): Promise<CopiedProject> {
    const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "project-" }));
    const sources = (await filesOf(join(ROOT, "pipeline"))).map((name) => `pipeline/${name}`);
    for (const name of [...FILES, ...sources]) {
      await Deno.mkdir(dirname(join(root, name)), { recursive: true });
      await Deno.copyFile(join(ROOT, name), join(root, name));
    }
    const project = new CopiedProject(root);
    await project.write("pipeline.json", JSON.stringify(config));
    return project;
  }

  path(name: string): string {
    return join(this.root, name);
  }

  read(name: string): Promise<string> {
    return Deno.readTextFile(this.path(name));
  }

  async write(name: string, text: string): Promise<void> {
    await Deno.mkdir(dirname(this.path(name)), { recursive: true });
    await Deno.writeTextFile(this.path(name), text);
  }

  /** Replaces the first `from` in a file; throws where it has none. */
  async edit(name: string, from: string, to: string): Promise<void> {
    const text = await this.read(name);
    if (!text.includes(from)) throw new Error(`${name} does not hold ${from}`);
    await this.write(name, text.replace(from, () => to));
  }

  /** Starts the pipeline's command line; left out, the permissions are those that its task has. */
  start(args: readonly string[], permissions: readonly string[] = PERMISSIONS): Deno.ChildProcess {
    return new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-check",
        // Deno itself keeps to the packages that are installed, whatever a test writes to the copy.
        `--lock=${join(ROOT, "deno.lock")}`,
        "--frozen",
        ...permissions,
        this.path("pipeline/main.ts"),
        ...args,
      ],
      cwd: this.root,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      env: { NO_COLOR: "1" },
    }).spawn();
  }

  async pipeline(...args: string[]): Promise<Ended> {
    const { code, stdout, stderr } = await this.start(args).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
    return { code, out: text(stdout), err: text(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.root, { recursive: true });
  }
}
