/** The copied project under git: what `gate` and `metrics diff` need. */
import { openGit } from "../../pipeline/revisions/git.ts";
import { permissions } from "../../pipeline/with_git.ts";
import { CopiedProject, type Ended, ROOT } from "./copied_project.ts";
import { purchases } from "./shop.ts";

/** Why tests with a repository are skipped; undefined where they are not. */
export const noGit: string | undefined = await openGit(ROOT)("--version")
  .then(() => undefined, () => "git is not installed");

const AUTHOR = ["-c", "user.name=Test", "-c", "user.email=test@example.org"];

export class Repository implements AsyncDisposable {
  readonly project: CopiedProject;

  private constructor(project: CopiedProject) {
    this.project = project;
  }

  /** A small shop's pipeline, committed on `main`; its purchases are not in git, and its store is empty. */
  static async create(): Promise<Repository> {
    const project = await CopiedProject.create({
      source: { interactions: { path: "data/purchases.csv" } },
      train: { solver: "reference", factors: 2, iterations: 2, earlyStopping: false },
      evaluate: { k: [10], significance: { resamples: 300 } },
      gate: { metric: "ndcg@10" },
    });
    const rows = purchases(200, 60).map(({ user, item }) => `${user},${item},1,Item ${item},B`);
    const head = "user_id_hash,catalog_item_id,quantity,catalog_item_name,brand_name";
    await project.write("data/purchases.csv", [head, ...rows].join("\n"));
    await project.write(".gitignore", "/data/\n/.pipeline/\n/model/\n");
    const repository = new Repository(project);
    await repository.git("init", "--quiet", "--initial-branch=main");
    await repository.commit("The first");
    return repository;
  }

  git(...args: string[]): Promise<string> {
    return openGit(this.project.root)(...AUTHOR, ...args);
  }

  async commit(message: string): Promise<void> {
    await this.git("add", "--all");
    await this.git("commit", "--quiet", "--message", message);
  }

  /** Starts the command line with the permissions of `deno task gate`. */
  start(...args: string[]): Deno.ChildProcess {
    return this.project.start(args, permissions(Deno.execPath()));
  }

  async run(...args: string[]): Promise<Ended> {
    const { code, stdout, stderr } = await this.start(...args).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trimEnd();
    return { code, out: text(stdout), err: text(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.project[Symbol.asyncDispose]();
  }
}
