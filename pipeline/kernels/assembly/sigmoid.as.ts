// The logistic function and what belongs to it, four float32 at a time, to about 1e-7 of the value.

/** exp(-|s|): Cody and Waite's reduction to |r| <= ln(2) / 2, then a polynomial; below e^-87 it stays there. */
// @ts-ignore: decorator
@inline
export function expOfMinusAbs(s: v128): v128 {
  const a = f32x4.min(f32x4.abs(s), f32x4.splat(87));
  const n = f32x4.nearest(f32x4.mul(a, f32x4.splat(1.44269504)));
  // ln(2) in two parts, the first exact in few bits
  let r = f32x4.relaxed_madd(n, f32x4.splat(0.693359375), f32x4.neg(a));
  r = f32x4.relaxed_madd(n, f32x4.splat(-2.12194440e-4), r);
  let p = f32x4.relaxed_madd(f32x4.splat(1 / 5040.0), r, f32x4.splat(1 / 720.0));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(1 / 120.0));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(1 / 24.0));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(1 / 6.0));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(0.5));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(1));
  p = f32x4.relaxed_madd(p, r, f32x4.splat(1));
  // 2^-n by its exponent bits
  const power = i32x4.shl(i32x4.sub(i32x4.splat(127), i32x4.trunc_sat_f32x4_s(n)), 23);
  return f32x4.mul(p, power);
}

/** 1 / (1 + exp(-s)), given e = exp(-|s|) */
// @ts-ignore: decorator
@inline
export function sigmoid(s: v128, e: v128): v128 {
  const one = f32x4.splat(1);
  const small = f32x4.lt(s, f32x4.splat(0));
  return f32x4.div(v128.bitselect(e, one, small), f32x4.add(one, e));
}

/** ln(1 + exp(s)), given e = exp(-|s|): max(s, 0) + ln(1 + e), ln(1 + e) = 2 artanh(e / (2 + e)) */
// @ts-ignore: decorator
@inline
export function softplus(s: v128, e: v128): v128 {
  const z = f32x4.div(e, f32x4.add(f32x4.splat(2), e));
  const q = f32x4.mul(z, z);
  let p = f32x4.relaxed_madd(f32x4.splat(2 / 13.0), q, f32x4.splat(2 / 11.0));
  p = f32x4.relaxed_madd(p, q, f32x4.splat(2 / 9.0));
  p = f32x4.relaxed_madd(p, q, f32x4.splat(2 / 7.0));
  p = f32x4.relaxed_madd(p, q, f32x4.splat(2 / 5.0));
  p = f32x4.relaxed_madd(p, q, f32x4.splat(2 / 3.0));
  p = f32x4.relaxed_madd(p, q, f32x4.splat(2));
  return f32x4.relaxed_madd(p, z, f32x4.max(s, f32x4.splat(0)));
}
