/**
 * Arrays by row that lie outside of the kernels' memory, which 32-bit addresses do not reach. A thread
 * copies what it needs of a block's rows into a place of its own inside, and back what a kernel wrote.
 */

/** An array by row outside, to be made. */
export interface OutsideShape {
  /** Rows, or, where there is an `indptr`, entries. */
  readonly length: number;
  /** Bytes of a row, or of an entry. */
  readonly bytes: number;
  /** Where in the memory it says which entries a row has: uint32, rows + 1. */
  readonly indptr?: number | undefined;
}

/** An array by row outside; the same buffer for all threads. */
export interface OutsideArray extends OutsideShape {
  readonly buffer: SharedArrayBuffer;
}

/** Stands for an outside array among the arguments of a job. */
export interface Outside {
  /** Its number among the arrays that the pool was started with. */
  readonly outside: number;
}

/** Where an array by row is: its address in the memory, or outside of it. */
export type Place = number | Outside;

/** Copies start at the same offset from a multiple of this as what they are copies of. */
const LINE = 64;

/** Room that `bytes` of a block take, wherever they start; kernels read on to a multiple of 16 bytes. */
export function stagedRoom(bytes: number): number {
  return Math.ceil((bytes + 16) / LINE) * LINE + LINE;
}

/** The staging of the open job by one thread. */
export interface Stage {
  /** Copies in what rows first .. last need; points the arguments to the copies. */
  enter(first: number, last: number): void;
  /** Copies out what the kernel wrote of them. */
  leave(): void;
}

/** What a thread is to stage of a job. */
export interface Staging {
  readonly memory: WebAssembly.Memory;
  readonly outside: readonly OutsideArray[];
  /** Which arguments name outside arrays, and which of them the kernel writes: a bit each. */
  readonly staged: number;
  readonly written: number;
  /** Where the thread's room is, and how many bytes. */
  readonly start: number;
  readonly bytes: number;
}

/**
 * Stages the rows that `args`, the thread's own, are to point to. Each array has one copy, however many
 * arguments name it.
 */
export function openStage(
  { memory, outside, staged, written, start, bytes: room }: Staging,
  args: number[],
): Stage {
  const parts = new Map<number, { readonly at: number[]; written: boolean }>();
  for (let at = 0; at < args.length; at++) {
    if ((staged & (1 << at)) === 0) continue;
    const part = parts.get(args[at]!) ?? { at: [], written: false };
    part.at.push(at);
    part.written ||= (written & (1 << at)) !== 0;
    parts.set(args[at]!, part);
  }
  let open: { readonly inside: Uint8Array; readonly out: Uint8Array }[] = [];
  return {
    enter(first, last) {
      open = [];
      let next = start;
      for (const [number, part] of parts) {
        const { buffer, bytes, indptr } = outside[number]!;
        const row = (r: number): number =>
          bytes *
          (indptr === undefined ? r : new Uint32Array(memory.buffer, indptr + 4 * r, 1)[0]!);
        const from = row(first);
        const length = row(last) - from;
        const to = next + from % LINE;
        next += stagedRoom(length);
        if (next > start + room) {
          throw new RangeError(`Rows ${first} to ${last} outgrow their staging`);
        }
        const inside = new Uint8Array(memory.buffer, to, length);
        const out = new Uint8Array(buffer, from, length);
        inside.set(out);
        if (part.written) open.push({ inside, out });
        // May be below zero: kernels add the offset of the row, and addresses are 32 bits that wrap.
        for (const at of part.at) args[at] = to - from;
      }
    },
    leave() {
      for (const { inside, out } of open) out.set(inside);
    },
  };
}
