// The rows of the fixed side that stand for all of them in one block: systematic sampling.

/**
 * Draws rows of Y (rows x k), row j with probability pi_j (`inclusion`, f64; at 1 always, at 0 never), and
 * packs them for products: `across` is Y_S' (k x columns), `down` is Y_S (columns x k), both in panels of
 * 8 columns. Each has its weight 1 / pi_j in `weights` and bias_j in `biases`; what is left of `columns` is
 * zeros, weights included.
 *
 * Row j is drawn where the running sum of those pi that are below 1, less `start` (0..1), passes a whole
 * number: so many are drawn as the sum says, to one.
 */
export function drawRows(
  Y: usize, bias: usize, inclusion: usize, rows: i32, start: f64, k: i32, columns: i32,
  across: usize, down: usize, weights: usize, biases: usize,
): void {
  const kb = <usize>k << 2;
  memory.fill(across, 0, kb * <usize>columns);
  memory.fill(down, 0, kb * <usize>columns);
  memory.fill(weights, 0, <usize>columns << 2);
  memory.fill(biases, 0, <usize>columns << 2);
  let sum = -start, passed = Math.floor(sum), at = 0;
  for (let j = 0; j < rows; j++) {
    const pi = load<f64>(inclusion + (<usize>j << 3));
    if (pi == 0) continue;
    if (pi < 1) {
      sum += pi;
      const whole = Math.floor(sum);
      if (whole == passed) continue;
      passed = whole;
    }
    if (at == columns) return;
    const y = Y + <usize>j * kb;
    // Panel at / 8, column at % 8, k rows of 32 bytes; and row `at` of k / 8 panels.
    let to = across + (<usize>(at >> 3) * kb << 3) + (<usize>(at & 7) << 2);
    for (let f = y; f < y + kb; f += 4, to += 32) store<f32>(to, load<f32>(f));
    to = down + (<usize>at << 5);
    for (let f = y; f < y + kb; f += 32, to += <usize>columns << 5) {
      v128.store(to, v128.load(f));
      v128.store(to, v128.load(f, 16), 16);
    }
    store<f32>(weights + (<usize>at << 2), <f32>(1 / pi));
    store<f32>(biases + (<usize>at << 2), load<f32>(bias + (<usize>j << 2)));
    at++;
  }
}
