import { fit, load, type Purchase } from "../pipeline/mod.ts";

/** Fits a model to purchases, saves it to `dir`, loads it and asks it; `cart` is of a new visitor. */
export async function tryLibrary(
  purchases: Iterable<Purchase>,
  user: string,
  cart: readonly string[],
  dir: string,
) {
  const recommender = await fit(purchases, { factors: 16, iterations: 8 });
  await recommender.save(dir);

  const loaded = await load(dir);
  const { kind, items } = loaded.recommend(user, 5); // items the user has not bought
  const [best] = items;
  const similar = best ? loaded.similar(best.id, 3) : [];
  const why = best ? loaded.explain(user, best.id).contributions : []; // by purchase, largest first
  const forCart = loaded.recommendFor(cart, 3);
  return { kind, items, similar, why, forCart, popular: loaded.popular(3) };
}
