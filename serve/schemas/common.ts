/** What the schemas of several calls share. */
import { z } from "zod";

/** The most items of one list. */
export const MAX_ITEMS = 100;

/** The most characters of an id. */
const MAX_ID = 1024;

/** An id of a user or an item, or a value of an attribute, as in the purchases. */
export const idSchema = z.string().min(1).max(MAX_ID);

/**
 * A list of ids of a body, of `least` to `most`. Checked by hand: it may hold 100,000, and a schema would
 * write an issue for each that is wrong.
 */
export function idListSchema(most: number, least = 0) {
  const fault = (value: unknown): string | undefined => {
    if (!Array.isArray(value)) return "Invalid input: expected an array of ids";
    if (value.length < least) return `Too small: expected at least ${least} ids`;
    if (value.length > most) return `Too big: expected at most ${most} ids`;
    const at = value.findIndex((id) => typeof id !== "string" || id === "" || id.length > MAX_ID);
    return at < 0 ? undefined : `Entry ${at} is no text of 1 to ${MAX_ID} characters`;
  };
  return z.custom<string[]>((value) => fault(value) === undefined, {
    error: ({ input }) => fault(input),
  }).meta({
    type: "array",
    items: { type: "string", minLength: 1, maxLength: MAX_ID },
    ...least > 0 ? { minItems: least } : {},
    maxItems: most,
  });
}

/** Refuses a list or an object of more than `most` entries before each of them is looked at. */
export function atMost<T extends z.ZodType>(most: number, schema: T) {
  return z.preprocess((value: z.input<T>, context) => {
    const size = typeof value === "object" && value !== null ? Object.keys(value).length : 0;
    if (size <= most) return value;
    context.addIssue(`Too big: expected at most ${most} entries`);
    return z.NEVER;
  }, schema);
}

/** How many items are asked for. */
export const countSchema = z.int().min(1).max(MAX_ITEMS);

/** A whole number as the query of an address writes it. */
export function queryNumber<T extends z.ZodType<number, number | undefined>>(schema: T) {
  return z.preprocess(
    (value: string | number | undefined) =>
      typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
    schema,
  );
}

/** `true` or `false` in the query of an address. */
export function queryFlag<T extends z.ZodType<boolean, boolean | undefined>>(schema: T) {
  return z.preprocess(
    (value: string | boolean | undefined) =>
      value === "true" ? true : value === "false" ? false : value,
    schema,
  );
}

/** A problem document (RFC 9457). */
export const problemSchema = z.looseObject({
  type: z.literal("about:blank"),
  title: z.string().describe("The status in words"),
  status: z.int().min(400).max(599),
  detail: z.string().describe("What is wrong with this request"),
  remedy: z.string().optional().describe("What to do about it"),
}).meta({ id: "Problem", description: "A problem document (RFC 9457)" });
