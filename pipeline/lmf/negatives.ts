/** Which rows of the other side stand for all of them. */

/** How strongly a row's chance to be drawn follows its weight: between the same for all and in proportion. */
const POWER = 0.75;

/**
 * The probability of each row to be drawn, about `count` in all: in proportion to mass^0.75, at most 1, 0
 * where there is no mass. All are 1 where there are no more than `count`.
 */
export function inclusionOf(mass: Float64Array, count: number): Float64Array {
  const size = mass.map((value) => value ** POWER);
  const active = size.reduce((n, value) => n + (value > 0 ? 1 : 0), 0);
  if (active <= count) return size.map((value) => value > 0 ? 1 : 0);
  // Whatever would come out above 1 is certain, and leaves less for the others.
  const certain = new Uint8Array(size.length);
  let left = count;
  for (;;) {
    let sum = 0;
    size.forEach((value, at) => sum += certain[at] ? 0 : value);
    const scale = left / sum;
    let found = 0;
    for (let at = 0; at < size.length; at++) {
      if (certain[at] || size[at]! * scale < 1) continue;
      certain[at] = 1;
      found++;
    }
    if (found === 0) return size.map((value, at) => certain[at] ? 1 : value * scale);
    left -= found;
  }
}
