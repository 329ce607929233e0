/** What each version of the model must answer: loaded from the server's own copies. */
import { join } from "node:path";
import { Recommender } from "../../../pipeline/recommender.ts";
import { loadModel, type Model } from "../../../pipeline/als/model.ts";
import { bruteForce } from "../serve/exact.ts";

interface Known {
  readonly model: Model;
  readonly recommender: Recommender;
  readonly users: ReadonlyMap<string, number>;
  readonly items: ReadonlyMap<string, number>;
}

/** An answer as it came over HTTP. */
export interface Answer {
  readonly version: string;
  readonly kind: string;
  readonly ids: readonly string[];
  readonly scores: readonly number[];
}

/** Lists by version. */
export class KnownVersions {
  readonly #dir: string;
  readonly #known = new Map<string, Promise<Known>>();

  /** Of the copies in the folder `dir`. */
  constructor(dir: string) {
    this.#dir = dir;
  }

  /** How many versions have answered. */
  get size(): number {
    return this.#known.size;
  }

  /** What is wrong with the answer for a user; `undefined` where it is that of its version. */
  async faultOfUser(
    answer: Answer,
    user: string,
    n: number,
    exclude: readonly string[] = [],
  ): Promise<string | undefined> {
    const { model, users, items, recommender } = await this.#of(answer.version);
    const u = users.get(user);
    const bought = u === undefined ? 0 : model.seen.indptr[u + 1]! - model.seen.indptr[u]!;
    if (u === undefined || bought === 0) {
      if (answer.kind !== "popular") return `${user} is unknown, the answer is ${answer.kind}`;
      return difference(answer, recommender.popular(n, { exclude }));
    }
    if (answer.kind !== "personalized") return `${user} is known, the answer is ${answer.kind}`;
    const out = new Set(exclude.flatMap((id) => items.get(id) ?? []));
    const brute = bruteForce(model, u, n, out);
    const list = brute.items.map((item, at) => ({
      id: model.items[item]!.id,
      score: brute.scores[at]!,
    }));
    return difference(answer, list);
  }

  /** The same for a basket: by the library, over the version's factors. */
  async faultOfBasket(answer: Answer, basket: readonly string[], n: number) {
    const { recommender } = await this.#of(answer.version);
    const { kind, items } = recommender.recommendFor(basket, n);
    if (kind !== answer.kind) return `the basket is ${kind}, the answer ${answer.kind}`;
    return difference(answer, items);
  }

  /** Ids of users and items of a version, to ask for. */
  async ids(version: string): Promise<{ users: readonly string[]; items: readonly string[] }> {
    const { model } = await this.#of(version);
    return { users: model.users, items: model.items.map(({ id }) => id) };
  }

  #of(version: string): Promise<Known> {
    let known = this.#known.get(version);
    if (known === undefined) {
      known = read(join(this.#dir, version.replace("sha256:", "")));
      this.#known.set(version, known);
    }
    return known;
  }
}

async function read(dir: string): Promise<Known> {
  const model = await loadModel(dir);
  return {
    model,
    recommender: new Recommender(model),
    users: new Map(model.users.map((id, index) => [id, index])),
    items: new Map(model.items.map(({ id }, index) => [id, index])),
  };
}

function difference(
  { ids, scores }: Answer,
  list: readonly { readonly id: string; readonly score: number }[],
): string | undefined {
  if (ids.length !== list.length) return `${ids.length} items instead of ${list.length}`;
  const at = list.findIndex(({ id, score }, rank) => ids[rank] !== id || scores[rank] !== score);
  if (at < 0) return undefined;
  return `place ${at} holds ${ids[at]} (${scores[at]}) instead of ${list[at]!.id} (${
    list[at]!.score
  })`;
}
