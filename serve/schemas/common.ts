/** What the schemas of several calls share. */
import { z } from "zod";

/** The most items of one list. */
export const MAX_ITEMS = 100;

/** An id of a user or an item, or a value of an attribute, as in the purchases. */
export const idSchema = z.string().min(1).max(1024);

/** How many items are asked for. */
export const countSchema = z.int().min(1).max(MAX_ITEMS);

/** A whole number as the query of an address writes it. */
export function queryNumber<T extends z.ZodType<number, number>>(schema: T) {
  return z.preprocess(
    (value: string | number) =>
      typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value,
    schema,
  );
}

/** `true` or `false` in the query of an address. */
export const queryFlag = z.preprocess(
  (value: string | boolean) => value === "true" ? true : value === "false" ? false : value,
  z.boolean(),
);

/** A problem document (RFC 9457). */
export const problemSchema = z.looseObject({
  type: z.literal("about:blank"),
  title: z.string().describe("The status in words"),
  status: z.int().min(400).max(599),
  detail: z.string().describe("What is wrong with this request"),
  remedy: z.string().optional().describe("What to do about it"),
}).meta({ id: "Problem", description: "A problem document (RFC 9457)" });
