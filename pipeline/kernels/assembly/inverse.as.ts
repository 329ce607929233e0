// The inverse of a symmetric positive definite matrix in place, float64, by blocks of `BLOCK`: each step takes
// one block of columns k out of the system (the sweep operator of Goodnight 1979, by blocks),
//   A_ij -= A_ik A_kk^-1 A_kj,  A_ik becomes A_ik A_kk^-1,  A_kk becomes -A_kk^-1,
// and after the last one A is minus its inverse. A_kk is inverted by its Cholesky factor, which exists at
// every step where A is positive definite, and only there. n^3 / 2 multiply-adds, as many as a Cholesky
// factor of the whole and the inverse from it, all but a few of them in one kind of product.
// Only what is on and below the diagonal (by blocks) is read and written. A row takes `stride` bytes; its
// length is a multiple of `BLOCK`.

/** Rows and columns of a block: a multiple of `TILE_ROWS` and of `PANEL`. */
export const BLOCK: i32 = 96;
const TILE_ROWS = 6;
/** Columns of a packed panel: two f64x2. */
const PANEL = 4;
const ROW_BYTES: usize = <usize>BLOCK << 3;
const BLOCK_BYTES: usize = <usize>BLOCK * ROW_BYTES;
/** A panel: BLOCK rows of 4. */
const PANEL_BYTES: usize = <usize>BLOCK << 5;

export function blockSize(): i32 {
  return BLOCK;
}

/** Whether relaxed multiply-add is fused here: a = 1 + 2^-30, whose square ends with 2^-60, which only a fused one sees. */
export function fused(a: f64): i32 {
  const x = f64x2.splat(a), square = f64x2.neg(f64x2.mul(x, x));
  return i32(f64x2.extract_lane(f64x2.relaxed_madd(x, x, square), 0) != 0);
}

/** Scratch that a thread needs. */
export function inverseScratch(): usize {
  return 2 * BLOCK_BYTES;
}

/**
 * Inverts the block on the diagonal: A_kk^-1 to `inverse`, packed in panels of 4 columns. Where it is not
 * positive definite, `status` becomes 1 + the row of the matrix where that shows, and the rest is noise.
 */
export function pivot(
  _first: i32, _last: i32, _block: i32, scratch: usize,
  A: usize, stride: usize, k: i32, inverse: usize, status: usize,
): void {
  const l = scratch, m = scratch + BLOCK_BYTES;
  const corner = A + <usize>(k * BLOCK) * stride + <usize>k * ROW_BYTES;
  for (let i = 0; i < BLOCK; i++) {
    const row = l + <usize>i * ROW_BYTES;
    for (let j = 0; j <= i; j++) {
      const other = l + <usize>j * ROW_BYTES;
      let sum = load<f64>(corner + <usize>i * stride + (<usize>j << 3));
      for (let p: usize = 0, end = <usize>j << 3; p < end; p += 8) sum -= load<f64>(row + p) * load<f64>(other + p);
      if (i != j) {
        store<f64>(row + (<usize>j << 3), sum / load<f64>(other + (<usize>j << 3)));
        continue;
      }
      if (!(sum > 0 && sum < Infinity)) {
        store<i32>(status, k * BLOCK + i + 1);
        return;
      }
      store<f64>(row + (<usize>i << 3), sqrt(sum));
    }
  }
  // M = L^-1, row by row: M_i = (e_i - sum over p < i of L_ip M_p) / L_ii.
  memory.fill(m, 0, BLOCK_BYTES);
  for (let i = 0; i < BLOCK; i++) {
    const out = m + <usize>i * ROW_BYTES, row = l + <usize>i * ROW_BYTES;
    for (let p = 0; p < i; p++) {
      const factor = load<f64>(row + (<usize>p << 3)), from = m + <usize>p * ROW_BYTES;
      for (let j: usize = 0, end = <usize>(p + 1) << 3; j < end; j += 8) {
        store<f64>(out + j, load<f64>(out + j) - factor * load<f64>(from + j));
      }
    }
    const scale = 1.0 / load<f64>(row + (<usize>i << 3));
    for (let j: usize = 0, end = <usize>i << 3; j < end; j += 8) store<f64>(out + j, load<f64>(out + j) * scale);
    store<f64>(out + (<usize>i << 3), scale);
  }
  // M'M
  memory.fill(inverse, 0, BLOCK_BYTES);
  for (let p = 0; p < BLOCK; p++) {
    const row = m + <usize>p * ROW_BYTES;
    for (let i = 0; i <= p; i++) {
      const factor = load<f64>(row + (<usize>i << 3));
      for (let j = 0; j <= p; j++) {
        const out = packedAt(inverse, i, j);
        store<f64>(out, load<f64>(out) + factor * load<f64>(row + (<usize>j << 3)));
      }
    }
  }
}

/** Where row p, column j of a packed block is. */
// @ts-ignore: decorator
@inline
function packedAt(packed: usize, p: i32, j: i32): usize {
  return packed + <usize>(j >> 2) * PANEL_BYTES + (<usize>p << 5) + (<usize>(j & 3) << 3);
}

/**
 * For the rows of blocks first .. last: W = A_ik to `packed`, transposed and in panels, which is what
 * `update` multiplies with, and V = A_ik A_kk^-1 to `product`, row-major.
 */
export function panel(
  first: i32, last: i32, _block: i32, scratch: usize,
  A: usize, stride: usize, k: i32, inverse: usize, packed: usize, product: usize,
): void {
  for (let i = first; i < last; i++) {
    if (i == k) continue;
    const to = packed + <usize>i * BLOCK_BYTES;
    const corner = i > k
      ? A + <usize>(i * BLOCK) * stride + <usize>k * ROW_BYTES
      : A + <usize>(k * BLOCK) * stride + <usize>i * ROW_BYTES;
    for (let r = 0; r < BLOCK; r++) {
      for (let p = 0; p < BLOCK; p++) {
        const at = i > k ? <usize>r * stride + (<usize>p << 3) : <usize>p * stride + (<usize>r << 3);
        const value = load<f64>(corner + at);
        store<f64>(scratch + <usize>r * ROW_BYTES + (<usize>p << 3), value);
        store<f64>(packedAt(to, p, r), value);
      }
    }
    multiply(scratch, inverse, product + <usize>i * BLOCK_BYTES, ROW_BYTES, false);
  }
}

/**
 * A_ij -= V_i W_j' for the rows of blocks first .. last, counted from the end, since the last have the most to do,
 * and the columns that step k takes out.
 */
export function update(
  first: i32, last: i32, _block: i32, _scratch: usize,
  A: usize, stride: usize, k: i32, inverse: usize, packed: usize, product: usize, blocks: i32,
): void {
  for (let row = first; row < last; row++) {
    const i = blocks - 1 - row;
    const rows = A + <usize>(i * BLOCK) * stride;
    if (i == k) {
      for (let r = 0; r < BLOCK; r++) {
        for (let p = 0; p < BLOCK; p++) {
          store<f64>(rows + <usize>r * stride + <usize>k * ROW_BYTES + (<usize>p << 3), -load<f64>(packedAt(inverse, r, p)));
        }
      }
      continue;
    }
    const v = product + <usize>i * BLOCK_BYTES;
    for (let j = 0; j <= i; j++) {
      if (j != k) multiply(v, packed + <usize>j * BLOCK_BYTES, rows + <usize>j * ROW_BYTES, stride, true);
    }
    for (let r = 0; r < BLOCK; r++) {
      for (let p = 0; p < BLOCK; p++) {
        const value = load<f64>(v + <usize>r * ROW_BYTES + (<usize>p << 3));
        if (i > k) store<f64>(rows + <usize>r * stride + <usize>k * ROW_BYTES + (<usize>p << 3), value);
        else store<f64>(A + <usize>(k * BLOCK + p) * stride + <usize>i * ROW_BYTES + (<usize>r << 3), value);
      }
    }
  }
}

/** out = a B, or out -= a B where `subtract`: all BLOCK x BLOCK, a row-major, B packed. */
// @ts-ignore: decorator
@inline
function multiply(a: usize, B: usize, out: usize, stride: usize, subtract: bool): void {
  for (let j = 0; j < BLOCK; j += PANEL, B += PANEL_BYTES, out += 32) {
    for (let r = 0; r < BLOCK; r += TILE_ROWS) {
      tile(a + <usize>r * ROW_BYTES, B, out + <usize>r * stride, stride, subtract);
    }
  }
}

/** 6 rows of a by one panel. */
// @ts-ignore: decorator
@inline
function tile(a: usize, b: usize, out: usize, stride: usize, subtract: bool): void {
  let c00 = f64x2.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00, c50 = c00, c51 = c00;
  for (const end = b + PANEL_BYTES; b < end; b += 32, a += 8) {
    const m0 = v128.load(b), m1 = v128.load(b, 16);
    let x = v128.load64_splat(a);
    c00 = f64x2.relaxed_madd(x, m0, c00); c01 = f64x2.relaxed_madd(x, m1, c01);
    x = v128.load64_splat(a, 768);
    c10 = f64x2.relaxed_madd(x, m0, c10); c11 = f64x2.relaxed_madd(x, m1, c11);
    x = v128.load64_splat(a, 1536);
    c20 = f64x2.relaxed_madd(x, m0, c20); c21 = f64x2.relaxed_madd(x, m1, c21);
    x = v128.load64_splat(a, 2304);
    c30 = f64x2.relaxed_madd(x, m0, c30); c31 = f64x2.relaxed_madd(x, m1, c31);
    x = v128.load64_splat(a, 3072);
    c40 = f64x2.relaxed_madd(x, m0, c40); c41 = f64x2.relaxed_madd(x, m1, c41);
    x = v128.load64_splat(a, 3840);
    c50 = f64x2.relaxed_madd(x, m0, c50); c51 = f64x2.relaxed_madd(x, m1, c51);
  }
  put(out, c00, c01, subtract);
  out += stride;
  put(out, c10, c11, subtract);
  out += stride;
  put(out, c20, c21, subtract);
  out += stride;
  put(out, c30, c31, subtract);
  out += stride;
  put(out, c40, c41, subtract);
  out += stride;
  put(out, c50, c51, subtract);
}

// @ts-ignore: decorator
@inline
function put(out: usize, low: v128, high: v128, subtract: bool): void {
  v128.store(out, subtract ? f64x2.sub(v128.load(out), low) : low);
  v128.store(out, subtract ? f64x2.sub(v128.load(out, 16), high) : high, 16);
}
