/**
 * The best k of a stream of (score, item), in any order of arrival: a heap with the worst kept
 * entry at its root. Better: the higher score, then the lower item index; a total order, so the
 * result depends on the entries alone.
 */
export class Best {
  readonly k: number;
  /** Entries kept so far, at most k. */
  size = 0;
  /** A score below this cannot enter; equal to it, only a lower item index can. */
  threshold: number;
  readonly #scores: Float64Array;
  readonly #items: Uint32Array;

  constructor(k: number) {
    this.k = k;
    this.#scores = new Float64Array(k);
    this.#items = new Uint32Array(k);
    this.threshold = k === 0 ? Infinity : -Infinity;
  }

  /** Forgets every entry. */
  clear(): void {
    this.size = 0;
    this.threshold = this.k === 0 ? Infinity : -Infinity;
  }

  /** Whether (score, item) would be kept: cheap, so ask before any filter. */
  admits(score: number, item: number): boolean {
    if (this.size < this.k) return true;
    if (this.k === 0) return false;
    return score > this.threshold || (score === this.threshold && item < this.#items[0]!);
  }

  /** Keeps an entry that `admits` let in; the worst one leaves where k are kept already. */
  add(score: number, item: number): void {
    if (this.size < this.k) {
      this.#up(this.size++, score, item);
    } else {
      this.#down(0, this.size, score, item);
    }
    if (this.size === this.k) this.threshold = this.#scores[0]!;
  }

  /** Writes the entries, best first, to `items` and `scores` from `at`; empties the heap. */
  drain(items: Uint32Array, scores: Float64Array, at: number): number {
    const count = this.size;
    for (let last = count - 1; last >= 0; last--) {
      items[at + last] = this.#items[0]!;
      scores[at + last] = this.#scores[0]!;
      this.#down(0, last, this.#scores[last]!, this.#items[last]!);
    }
    this.clear();
    return count;
  }

  #up(at: number, score: number, item: number): void {
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#worse(score, item, parent)) break;
      this.#scores[at] = this.#scores[parent]!;
      this.#items[at] = this.#items[parent]!;
      at = parent;
    }
    this.#scores[at] = score;
    this.#items[at] = item;
  }

  #down(at: number, size: number, score: number, item: number): void {
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      const right = child + 1;
      if (right < size && this.#worse(this.#scores[right]!, this.#items[right]!, child)) {
        child = right;
      }
      if (this.#worse(score, item, child)) break;
      this.#scores[at] = this.#scores[child]!;
      this.#items[at] = this.#items[child]!;
      at = child;
    }
    this.#scores[at] = score;
    this.#items[at] = item;
  }

  #worse(score: number, item: number, other: number): boolean {
    const than = this.#scores[other]!;
    return score < than || (score === than && item > this.#items[other]!);
  }
}
