// What one core does at its best: multiply-adds that wait for nothing, reads that nothing else delays.

/**
 * 8 x 12 x `turns` flops: twelve chains of 128-bit multiply-adds, more than any core has in flight. The
 * operands come from outside, since constants would be built anew at every use.
 */
export function multiplyAdd(turns: i32, scale: f32, step: f32): f32 {
  const x = f32x4.splat(scale), y = f32x4.splat(step);
  let a = f32x4.splat(1),
    b = a,
    c = a,
    d = a,
    e = a,
    f = a,
    g = a,
    h = a,
    i = a,
    j = a,
    k = a,
    l = a;
  for (let n = 0; n < turns; n++) {
    a = f32x4.relaxed_madd(x, y, a);
    b = f32x4.relaxed_madd(x, y, b);
    c = f32x4.relaxed_madd(x, y, c);
    d = f32x4.relaxed_madd(x, y, d);
    e = f32x4.relaxed_madd(x, y, e);
    f = f32x4.relaxed_madd(x, y, f);
    g = f32x4.relaxed_madd(x, y, g);
    h = f32x4.relaxed_madd(x, y, h);
    i = f32x4.relaxed_madd(x, y, i);
    j = f32x4.relaxed_madd(x, y, j);
    k = f32x4.relaxed_madd(x, y, k);
    l = f32x4.relaxed_madd(x, y, l);
  }
  a = f32x4.add(
    f32x4.add(f32x4.add(a, b), f32x4.add(c, d)),
    f32x4.add(f32x4.add(e, f), f32x4.add(g, h)),
  );
  a = f32x4.add(a, f32x4.add(f32x4.add(i, j), f32x4.add(k, l)));
  return f32x4.extract_lane(a, 0);
}

/** Reads the bytes from .. to, a multiple of 128. */
export function read(from: usize, to: usize): i32 {
  let a = i32x4.splat(0), b = a, c = a, d = a;
  for (; from < to; from += 128) {
    a = v128.xor(a, v128.xor(v128.load(from), v128.load(from, 64)));
    b = v128.xor(b, v128.xor(v128.load(from, 16), v128.load(from, 80)));
    c = v128.xor(c, v128.xor(v128.load(from, 32), v128.load(from, 96)));
    d = v128.xor(d, v128.xor(v128.load(from, 48), v128.load(from, 112)));
  }
  return i32x4.extract_lane(v128.xor(v128.xor(a, b), v128.xor(c, d)), 0);
}
