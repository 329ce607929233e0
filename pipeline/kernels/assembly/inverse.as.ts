// The inverse of a symmetric positive definite matrix in place, float64, by blocks of `BLOCK` rows and columns:
// P = X'X with X = L^-1 and A = L L', the Cholesky factor (Golub and Van Loan, section 4.2).
//
// Step k of the first pass makes L_kk and X_kk = L_kk^-1 (`pivot`), then L_ik = A_ik X_kk' below it and X_kj = X_kk Y_kj left of
// it (`panel`), and takes both out of all rows i > k (`update`):
//   A_ij -= L_ik L_jk' for j > k,  Y_ij -= L_ik X_kj for j < k,  Y_ik = -L_ik X_kk.
// L_ik is of no more use then, so that Y, of which X is made, takes its place. Step p of the second pass
// adds X_pi' X_pj to all P_ij with j <= i <= p (`square`, `add`). n^3 / 2 multiply-adds in all.
// Only what is on and below the diagonal is read; a row takes `stride` bytes, and its length is a multiple of `BLOCK`.

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
  return BLOCK_BYTES;
}

/**
 * Factors the block on the diagonal: X = L^-1 to `inverse`, row-major, and transposed to `across`, packed. Where it is not
 * positive definite, `status` becomes 1 + the row of the matrix where that shows, and the rest is noise.
 */
export function pivot(
  _first: i32, _last: i32, _block: i32, scratch: usize,
  A: usize, stride: usize, k: i32, inverse: usize, across: usize, status: usize,
): void {
  const l = scratch;
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
  // Row by row: X_i = (e_i - sum over p < i of L_ip X_p) / L_ii.
  memory.fill(inverse, 0, BLOCK_BYTES);
  for (let i = 0; i < BLOCK; i++) {
    const out = inverse + <usize>i * ROW_BYTES, row = l + <usize>i * ROW_BYTES;
    for (let p = 0; p < i; p++) {
      const factor = load<f64>(row + (<usize>p << 3)), from = inverse + <usize>p * ROW_BYTES;
      for (let j: usize = 0, end = <usize>(p + 1) << 3; j < end; j += 8) {
        store<f64>(out + j, load<f64>(out + j) - factor * load<f64>(from + j));
      }
    }
    const scale = 1.0 / load<f64>(row + (<usize>i << 3));
    for (let j: usize = 0, end = <usize>i << 3; j < end; j += 8) store<f64>(out + j, load<f64>(out + j) * scale);
    store<f64>(out + (<usize>i << 3), scale);
  }
  packTransposed(inverse, ROW_BYTES, across);
}

/**
 * What step k takes out of the rows below, for blocks first .. last: for one below k, L_ik to `product`, row-major, and
 * transposed to `packed`; for one left of k, X_kj to its place in A and to `packed`; for k, X_kk likewise.
 */
export function panel(
  first: i32, last: i32, _block: i32, scratch: usize,
  A: usize, stride: usize, k: i32, inverse: usize, across: usize, packed: usize, product: usize,
): void {
  for (let i = first; i < last; i++) {
    const to = packed + <usize>i * BLOCK_BYTES;
    if (i > k) {
      const l = product + <usize>i * BLOCK_BYTES;
      copyRows(A + <usize>(i * BLOCK) * stride + <usize>k * ROW_BYTES, stride, scratch, ROW_BYTES);
      multiply(scratch, across, l, ROW_BYTES, SET);
      packTransposed(l, ROW_BYTES, to);
      continue;
    }
    const own = A + <usize>(k * BLOCK) * stride + <usize>i * ROW_BYTES;
    if (i == k) {
      copyRows(inverse, ROW_BYTES, own, stride);
    } else {
      pack(own, stride, scratch);
      multiply(inverse, scratch, own, stride, SET);
    }
    pack(own, stride, to);
  }
}

/** Takes step k out of blocks of rows first .. last, counted from the last one of the matrix, which has the most to do. */
export function update(
  first: i32, last: i32, _block: i32, _scratch: usize,
  A: usize, stride: usize, k: i32, packed: usize, product: usize, blocks: i32,
): void {
  for (let row = first; row < last; row++) {
    const i = blocks - 1 - row;
    const rows = A + <usize>(i * BLOCK) * stride, l = product + <usize>i * BLOCK_BYTES;
    for (let j = 0; j <= i; j++) {
      const out = rows + <usize>j * ROW_BYTES, other = packed + <usize>j * BLOCK_BYTES;
      if (j == k) multiply(l, other, out, stride, NEGATE);
      else multiply(l, other, out, stride, SUBTRACT);
    }
  }
}

/** X_pj for blocks first .. last: transposed to `product`, row-major, and to `packed`. */
export function square(
  first: i32, last: i32, _block: i32, _scratch: usize,
  A: usize, stride: usize, p: i32, packed: usize, product: usize,
): void {
  for (let j = first; j < last; j++) {
    const own = A + <usize>(p * BLOCK) * stride + <usize>j * ROW_BYTES, out = product + <usize>j * BLOCK_BYTES;
    pack(own, stride, packed + <usize>j * BLOCK_BYTES);
    for (let q: usize = 0; q < <usize>BLOCK; q++) {
      for (let c: usize = 0; c < <usize>BLOCK; c++) {
        store<f64>(out + c * ROW_BYTES + (q << 3), load<f64>(own + q * stride + (c << 3)));
      }
    }
  }
}

/** Adds step p to blocks of rows first .. last, counted back from p, whose own place its products take. */
export function add(
  first: i32, last: i32, _block: i32, _scratch: usize,
  A: usize, stride: usize, p: i32, packed: usize, product: usize,
): void {
  for (let row = first; row < last; row++) {
    const i = p - row;
    const rows = A + <usize>(i * BLOCK) * stride, x = product + <usize>i * BLOCK_BYTES;
    for (let j = 0; j <= i; j++) {
      const out = rows + <usize>j * ROW_BYTES, other = packed + <usize>j * BLOCK_BYTES;
      if (i == p) multiply(x, other, out, stride, SET);
      else multiply(x, other, out, stride, ADD);
    }
  }
}

function copyRows(from: usize, stride: usize, to: usize, toStride: usize): void {
  for (let r = 0; r < BLOCK; r++, from += stride, to += toStride) memory.copy(to, from, ROW_BYTES);
}

/** A block in panels of 4 columns, row after row. */
function pack(from: usize, stride: usize, to: usize): void {
  for (let j = 0; j < BLOCK; j += PANEL, from += 32) {
    for (let p = 0, row = from; p < BLOCK; p++, row += stride, to += 32) {
      v128.store(to, v128.load(row)); v128.store(to, v128.load(row, 16), 16);
    }
  }
}

/** The transpose of a block in panels of 4 columns. */
function packTransposed(from: usize, stride: usize, to: usize): void {
  for (let j = 0; j < BLOCK; j += PANEL, from += stride << 2) {
    for (let p = 0, row = from; p < BLOCK; p++, row += 8, to += 32) {
      store<f64>(to, load<f64>(row)); store<f64>(to, load<f64>(row + stride), 8);
      store<f64>(to, load<f64>(row + 2 * stride), 16); store<f64>(to, load<f64>(row + 3 * stride), 24);
    }
  }
}

/** What a product is to what it is written to. */
const SET = 0, ADD = 1, SUBTRACT = 2, NEGATE = 3;

/** out = a B, += a B, -= a B or = -a B: all BLOCK x BLOCK, a row-major, B packed. */
// @ts-ignore: decorator
@inline
function multiply(a: usize, B: usize, out: usize, stride: usize, how: i32): void {
  for (let j = 0; j < BLOCK; j += PANEL, B += PANEL_BYTES, out += 32) {
    for (let r = 0; r < BLOCK; r += TILE_ROWS) {
      tile(a + <usize>r * ROW_BYTES, B, out + <usize>r * stride, stride, how);
    }
  }
}

/** 6 rows of a by one panel. */
// @ts-ignore: decorator
@inline
function tile(a: usize, b: usize, out: usize, stride: usize, how: i32): void {
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
  put(out, c00, c01, how);
  out += stride;
  put(out, c10, c11, how);
  out += stride;
  put(out, c20, c21, how);
  out += stride;
  put(out, c30, c31, how);
  out += stride;
  put(out, c40, c41, how);
  out += stride;
  put(out, c50, c51, how);
}

// @ts-ignore: decorator
@inline
function put(out: usize, low: v128, high: v128, how: i32): void {
  if (how == ADD) {
    low = f64x2.add(v128.load(out), low); high = f64x2.add(v128.load(out, 16), high);
  } else if (how == SUBTRACT) {
    low = f64x2.sub(v128.load(out), low); high = f64x2.sub(v128.load(out, 16), high);
  } else if (how == NEGATE) {
    low = f64x2.neg(low); high = f64x2.neg(high);
  }
  v128.store(out, low); v128.store(out, high, 16);
}
