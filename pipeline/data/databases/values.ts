/** Values as databases write them, as the texts that ingest reads. All are texts: so none loses a digit. */

/** Beyond it a DOUBLE may stand for several whole numbers. */
const SAFE = 2 ** 53;

/** "12.00" becomes "12", as a decimal of a Parquet file is read; null stays. */
export function decimalText(text: string): string {
  const whole = /^(-?\d{1,16})\.0+$/.exec(text)?.[1];
  return whole !== undefined && Math.abs(Number(whole)) < SAFE ? whole.replace(/^-0$/, "0") : text;
}

/** "1e+15" and "3.0" become "1000000000000000" and "3"; other numbers stay as they are written. */
export function floatText(text: string): string {
  const value = Number(text);
  return text.trim() !== "" && Number.isInteger(value) && Math.abs(value) < SAFE
    ? String(BigInt(value))
    : text;
}

/** "t" and "f", PostgreSQL's, become "true" and "false". */
export function booleanText(text: string): string {
  return text === "t" ? "true" : text === "f" ? "false" : text;
}

/** Bits, the first byte the highest, as a whole number. */
export function bitsText(bytes: Uint8Array): string {
  return String(bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n));
}
