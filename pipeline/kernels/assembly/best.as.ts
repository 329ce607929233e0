// The best k of a stream of (score, item): a heap with the worst kept entry at its root. Better is the
// higher score, then the lower item: a total order, so the result depends on the entries alone.

/** Whether (score, item) is worse than the entry at `at`. No branches: they would be guessed wrong. */
// @ts-ignore: decorator
@inline
function worse(score: f64, item: u32, scores: usize, items: usize, at: i32): i32 {
  const than = load<f64>(scores + (<usize>at << 3));
  return i32(score < than) | (i32(score == than) & i32(item > load<u32>(items + (<usize>at << 2))));
}

// @ts-ignore: decorator
@inline
function put(scores: usize, items: usize, at: i32, score: f64, item: u32): void {
  store<f64>(scores + (<usize>at << 3), score);
  store<u32>(items + (<usize>at << 2), item);
}

// @ts-ignore: decorator
@inline
function move(scores: usize, items: usize, from: i32, to: i32): void {
  put(scores, items, to, load<f64>(scores + (<usize>from << 3)), load<u32>(items + (<usize>from << 2)));
}

/** Keeps an entry if it is among the best k so far; returns how many are kept. */
export function offer(scores: usize, items: usize, size: i32, k: i32, score: f64, item: u32): i32 {
  if (size == k) {
    if (worse(score, item, scores, items, 0) == 0) sink(scores, items, k, score, item);
    return k;
  }
  let at = size;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (worse(score, item, scores, items, parent) == 0) break;
    move(scores, items, parent, at);
    at = parent;
  }
  put(scores, items, at, score, item);
  return size + 1;
}

/** Turns the heap of `size` entries into a list, best first. */
export function sortBest(scores: usize, items: usize, size: i32): void {
  for (let last = size - 1; last > 0; last--) {
    const score = load<f64>(scores + (<usize>last << 3)), item = load<u32>(items + (<usize>last << 2));
    move(scores, items, 0, last);
    sink(scores, items, last, score, item);
  }
}

/** Replaces the root of a heap of `size` entries. */
function sink(scores: usize, items: usize, size: i32, score: f64, item: u32): void {
  let at = 0;
  for (let child = 1; child < size; child = 2 * at + 1) {
    if (child + 1 < size) {
      const right = child + 1;
      child += worse(load<f64>(scores + (<usize>right << 3)), load<u32>(items + (<usize>right << 2)), scores, items, child);
    }
    if (worse(score, item, scores, items, child) != 0) break;
    move(scores, items, child, at);
    at = child;
  }
  put(scores, items, at, score, item);
}
