/** Which items may stand in a list: one bit an item. */
export class ItemMask {
  readonly items: number;
  /** items / 32, rounded up; bits beyond the last item are zero. */
  readonly #words: Uint32Array;

  /** Lets every item in, or none. */
  constructor(items: number, all: boolean) {
    this.items = items;
    this.#words = new Uint32Array(Math.ceil(items / 32)).fill(all ? 0xffffffff : 0);
    if (all && items % 32 !== 0) this.#words[this.#words.length - 1] = 2 ** (items % 32) - 1;
  }

  /** Whether item `item` may stand in the list. */
  has(item: number): boolean {
    return (this.#words[item >>> 5]! >>> (item & 31) & 1) === 1;
  }

  /** Lets items in. */
  add(items: ArrayLike<number>): this {
    for (let n = 0; n < items.length; n++) this.#words[items[n]! >>> 5]! |= 1 << (items[n]! & 31);
    return this;
  }

  /** Keeps items out. */
  remove(items: ArrayLike<number>): this {
    for (let n = 0; n < items.length; n++) {
      this.#words[items[n]! >>> 5]! &= ~(1 << (items[n]! & 31));
    }
    return this;
  }

  /** Keeps out what `other`, of as many items, does not let in. */
  intersect(other: ItemMask): this {
    for (let word = 0; word < this.#words.length; word++) this.#words[word]! &= other.#words[word]!;
    return this;
  }

  /** How many items are let in. */
  get count(): number {
    let count = 0;
    for (let bits of this.#words) {
      bits -= bits >>> 1 & 0x55555555;
      bits = (bits & 0x33333333) + (bits >>> 2 & 0x33333333);
      count += Math.imul(bits + (bits >>> 4) & 0x0f0f0f0f, 0x01010101) >>> 24;
    }
    return count;
  }

  /** The items that are let in, or those that are not, ascending. */
  list(which: "in" | "out"): Uint32Array {
    const inside = this.count;
    const list = new Uint32Array(which === "in" ? inside : this.items - inside);
    const flip = which === "in" ? 0 : 0xffffffff;
    let size = 0;
    for (let word = 0; word < this.#words.length; word++) {
      for (let bits = (this.#words[word]! ^ flip) >>> 0; bits !== 0; bits &= bits - 1) {
        const item = 32 * word + 31 - Math.clz32(bits & -bits);
        if (item < this.items) list[size++] = item;
      }
    }
    return list;
  }
}
