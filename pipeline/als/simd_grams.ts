import type { SimdMemory } from "./simd_memory.ts";

/** The sum over the blocks' Gram matrices, k x k lower triangle in float64, in order of block. */
export function sumGrams({ pool, grams, k }: SimdMemory, blocks: number): Float64Array {
  const sum = new Float64Array(k * k);
  for (let block = 0; block < blocks; block++) {
    const part = new Float32Array(pool.memory.buffer, grams + block * 4 * k * k, k * k);
    // The kernels fill the upper triangle.
    for (let i = 0; i < k; i++) {
      for (let j = i; j < k; j++) sum[j * k + i]! += part[i * k + j]!;
    }
  }
  return sum;
}
