/**
 * Versions of the model, kept so that an earlier one can answer again.
 *
 * A folder holds a copy of each, named by its digest, and `active.json`: which one answers, and which
 * was the latest export when that was decided. So the latest decision outlives a restart, be it an
 * activation or an export. Copies are made beside their place and renamed; the server loads from the
 * copy, whose digests it checks, so that an export in the meantime does no harm.
 */
import { join } from "node:path";
import { z } from "zod";
import { MANIFEST, type Manifest, readManifest } from "../pipeline/als/manifest.ts";
import { remove, sync, writeAtomic } from "../pipeline/engine/atomic.ts";
import { load, type Recommender } from "../pipeline/recommender.ts";

/** A version that can be activated. */
export interface KeptModel {
  readonly manifest: Manifest;
  /** When it was last exported. */
  readonly since: Date;
}

/** What the routes ask of kept versions. */
export interface ModelVersions {
  /** The latest kept first. */
  list(): readonly KeptModel[];
  /**
   * Lets a version answer, from the next request on and after a restart. Throws `Deno.errors.NotFound`
   * where it is not kept, and `SyntaxError` where its copy is damaged.
   */
  activate(version: string): Promise<void>;
}

/** Where versions are kept, and what to do with the one to serve. */
export interface VersionsOptions {
  /** The folder of versions; nobody else's. */
  readonly dir: string;
  /** The folder of the export. */
  readonly model: string;
  /** How many are kept: the active one and the latest export always are. */
  readonly keep: number;
  /** Loads the model of a folder; `load` unless given. */
  readonly load?: typeof load;
  /** Takes the model that answers from now on. */
  serve(recommender: Recommender): void;
  log(line: string): void;
}

const POINTER = "active.json";
const DRAFT = ".new-";
/** A draft that is older, in milliseconds, is of a process that is gone. */
const STALE_MS = 3_600_000;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const pointerSchema = z.object({ active: digest, published: digest.nullable() });

/** The versions in one folder. */
export class Versions implements ModelVersions {
  readonly #options: VersionsOptions;
  #kept: readonly KeptModel[] = [];
  #active: string | undefined;
  #published: string | null = null;
  /** Changes take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: VersionsOptions) {
    this.#options = options;
  }

  /**
   * Opens the folder, which it makes where it is missing, and serves the version that was decided on
   * last. Without any that can be loaded, nothing is served; `why` says why not. Throws where the folder
   * cannot be made or written.
   */
  static async open(options: VersionsOptions): Promise<{ versions: Versions; why?: unknown }> {
    const { dir, log } = options;
    await Deno.mkdir(dir, { recursive: true });
    await sweep(dir);
    const versions = new Versions(options);
    await versions.#list();
    const pointer = await readPointer(dir);
    versions.#published = pointer?.published ?? null;
    const exported = await readManifest(options.model, []).catch(() => undefined);
    const decided = pointer !== undefined &&
      (exported === undefined || exported.model === pointer.published);
    if (decided && await versions.#try(pointer.active)) return { versions };
    try {
      await versions.adopt();
      return { versions };
    } catch (why) {
      const kept = versions.list().map(({ manifest }) => manifest.model);
      for (const version of pointer === undefined ? kept : [pointer.active, ...kept]) {
        if (!await versions.#try(version)) continue;
        log(`The export cannot be served (${textOf(why)}): version ${version} is`);
        return { versions };
      }
      return { versions, why };
    }
  }

  list(): readonly KeptModel[] {
    return this.#kept;
  }

  activate(version: string): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#kept.some(({ manifest }) => manifest.model === version)) {
        throw new Deno.errors.NotFound(`Version ${version} is not kept`);
      }
      await this.#serve(version, await this.#load(this.#place(version)));
    });
  }

  /** Activates a version where that can be done. */
  async #try(version: string): Promise<boolean> {
    try {
      await this.activate(version);
      return true;
    } catch (error) {
      this.#options.log(`Version ${version} cannot be served: ${textOf(error)}`);
      return false;
    }
  }

  /**
   * Keeps the export and lets it answer; returns its version. Throws as `load` does where it is none, and
   * leaves what answers.
   */
  adopt(): Promise<string> {
    return this.#inTurn(async () => {
      const [version, recommender] = await this.#copy();
      this.#published = version;
      await this.#list();
      await this.#serve(version, recommender);
      await this.#prune();
      return version;
    });
  }

  async #serve(version: string, recommender: Recommender): Promise<void> {
    const pointer = { active: version, published: this.#published };
    await writeAtomic(join(this.#options.dir, POINTER), JSON.stringify(pointer) + "\n");
    this.#active = version;
    this.#options.serve(recommender);
  }

  /** Copies the export, unless it is kept already, and loads the copy. */
  async #copy(retry = true): Promise<[string, Recommender]> {
    const { dir, model } = this.#options;
    const manifest = await readManifest(model, []);
    const place = this.#place(manifest.model);
    if (this.#kept.some((kept) => kept.manifest.model === manifest.model)) {
      try {
        // The same factors may come of a later training: then the manifest knows of more.
        await writeAtomic(join(place, MANIFEST), JSON.stringify(manifest, null, 2) + "\n");
        const recommender = await this.#load(place);
        return [manifest.model, recommender];
      } catch {
        await remove(place);
      }
    }
    const draft = join(dir, `${DRAFT}${crypto.randomUUID()}`);
    try {
      await Deno.mkdir(draft);
      for (const name of [...Object.keys(manifest.files), MANIFEST]) {
        await Deno.copyFile(join(model, name), join(draft, name));
        await sync(join(draft, name));
      }
      const recommender = await this.#load(draft);
      const version = recommender.model.manifest.model;
      const target = this.#place(version);
      // Another export may have come in between, or one that is kept: what is there is as good.
      await Deno.rename(draft, target).catch(async (error) => {
        if (await readManifest(target, []).catch(() => undefined) === undefined) throw error;
      });
      await sync(dir);
      return [version, recommender];
    } catch (error) {
      // An export that was replaced while it was copied: its successor is there now.
      if (retry && (await readManifest(model, [])).model !== manifest.model) {
        return await this.#copy(false);
      }
      throw error;
    } finally {
      await remove(draft);
    }
  }

  async #prune(): Promise<void> {
    const spare = this.#kept.filter(({ manifest: { model } }) =>
      model !== this.#active && model !== this.#published
    );
    const needed = this.#kept.length - spare.length;
    for (const { manifest } of spare.slice(Math.max(0, this.#options.keep - needed))) {
      await remove(this.#place(manifest.model));
    }
    await this.#list();
  }

  async #list(): Promise<void> {
    const kept: KeptModel[] = [];
    for await (const { name } of Deno.readDir(this.#options.dir)) {
      const dir = join(this.#options.dir, name);
      const manifest = await readManifest(dir, []).catch(() => undefined);
      if (manifest?.model !== `sha256:${name}`) continue;
      const { mtime } = await Deno.stat(join(dir, MANIFEST));
      kept.push({ manifest, since: mtime ?? new Date(0) });
    }
    this.#kept = kept.sort((a, b) =>
      b.since.getTime() - a.since.getTime() || (a.manifest.model < b.manifest.model ? -1 : 1)
    );
  }

  #load(dir: string): Promise<Recommender> {
    return (this.#options.load ?? load)(dir);
  }

  #place(version: string): string {
    return join(this.#options.dir, version.slice("sha256:".length));
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(act, act);
    this.#turn = mine.catch(() => {});
    return mine;
  }
}

async function readPointer(dir: string): Promise<z.infer<typeof pointerSchema> | undefined> {
  try {
    return pointerSchema.safeParse(JSON.parse(await Deno.readTextFile(join(dir, POINTER)))).data;
  } catch {
    return undefined;
  }
}

/** Removes what processes left that were killed while they copied. */
async function sweep(dir: string): Promise<void> {
  for await (const { name } of Deno.readDir(dir)) {
    if (!name.startsWith(DRAFT)) continue;
    const { mtime } = await Deno.stat(join(dir, name));
    if (Date.now() - (mtime?.getTime() ?? 0) > STALE_MS) await remove(join(dir, name));
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
