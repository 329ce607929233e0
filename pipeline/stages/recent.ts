/** What was read last: trials of one process read the same training part again and again. */
import type { Input } from "../engine/stage.ts";

let last: { readonly key: string; readonly value: Promise<unknown> } | undefined;

/**
 * `make()`, or what it made last time where that was for the same content and the same `key`. `T` must
 * follow from `key`. Only the last one is kept; a failure is not.
 */
export function recent<T>(
  { digest }: Pick<Input<unknown>, "digest">,
  key: string,
  make: () => Promise<T>,
): Promise<T> {
  const wanted = JSON.stringify([digest, key]);
  if (last?.key !== wanted) {
    const value = make();
    last = { key: wanted, value };
    value.catch(() => {
      if (last?.value === value) last = undefined;
    });
  }
  return last.value as Promise<T>;
}
