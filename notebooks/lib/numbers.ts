/** Numbers as people read them. */

/** 49028 becomes "49,028". */
export function count(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}

/** 0.1234 becomes "12.3%". */
export function percent(share: number, digits = 1): string {
  return `${fixed(100 * share, digits)}%`;
}

/** With so many digits after the point. */
export function fixed(value: number, digits: number): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** A metric's value: 0.08149 becomes "0.0815". */
export function figure(value: number): string {
  return fixed(value, 4);
}

/** With its sign, a true minus: "+12.3%", "−0.0041". */
export function signed(value: number, format: (value: number) => string = figure): string {
  const size = format(Math.abs(value));
  return value < 0 ? `−${size}` : `+${size}`;
}

/** Bounds: "0.0754 to 0.0871". */
export function range([low, high]: readonly [number, number], format = figure): string {
  const signedBounds = low < 0;
  const bound = (value: number) => signedBounds ? signed(value, format) : format(value);
  return `${bound(low)} to ${bound(high)}`;
}

/** Seconds since 1970 as a UTC day, "2025-03-16". */
export function day(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}
