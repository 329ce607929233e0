/** Middleware that parses what a request brings: problems for all that does not fit its schema. */
import type { MiddlewareHandler } from "hono";
import { z } from "zod";
import { readJson } from "./body.ts";
import { failure } from "./problem.ts";

/** What is wrong is said of so many parts, and in so many characters of each. */
const MOST_ISSUES = 5;
const MOST_TEXT = 200;

/** Parses the parameters of the path: 422 where they do not fit. */
export function params<P extends string, T extends z.ZodObject>(
  schema: T,
): MiddlewareHandler<object, P, { in: { param: z.input<T> }; out: { param: z.output<T> } }> {
  return async (c, next) => {
    c.req.addValidatedData("param", parse(schema, c.req.param(), "The path"));
    await next();
  };
}

/**
 * Parses the query: 400 where it is not percent-encoded UTF-8, 422 where it does not fit. A parameter
 * whose schema is an array may be repeated, any other may not.
 */
export function query<P extends string, T extends z.ZodObject>(
  schema: T,
): MiddlewareHandler<object, P, { in: { query: z.input<T> }; out: { query: z.output<T> } }> {
  return async (c, next) => {
    const given = new Map<string, string[]>();
    for (const [name, value] of decodeQuery(c.req.url)) {
      const values = given.get(name);
      if (values === undefined) given.set(name, [value]);
      else values.push(value);
    }
    const plain = Object.fromEntries(
      [...given].map(([name, values]) => {
        const list = Object.hasOwn(schema.shape, name) && isList(schema.shape[name]);
        return [name, list || values.length > 1 ? values : values[0]];
      }),
    );
    c.req.addValidatedData("query", parse(schema, plain, "The query"));
    await next();
  };
}

/**
 * Parses a JSON body of at most `limit` bytes: 415, 413, 400 or 422 where it is none or does not fit.
 * `form` picks from a union's members the one that a body means to be.
 */
export function body<P extends string, T extends z.ZodType>(
  schema: T,
  options: {
    readonly limit: number;
    readonly example: string;
    readonly form?: (json: unknown) => z.ZodType<z.output<T>>;
  },
): MiddlewareHandler<object, P, { in: { json: z.input<T> }; out: { json: z.output<T> } }> {
  return async (c, next) => {
    const json = await readJson(c.req.raw, options);
    const form = options.form?.(json) ?? schema;
    const parsed = parse(form, json, undefined, `The body should read like ${options.example}`);
    c.req.addValidatedData("json", parsed as object);
    await next();
  };
}

/** Refuses with 400 a path whose percent-encoding says nothing, and with 406 who takes no JSON. */
export const negotiate: MiddlewareHandler = async (c, next) => {
  decode("path", new URL(c.req.url).pathname);
  const accept = c.req.header("accept");
  if (accept !== undefined && accept.trim() !== "" && !takesJson(accept)) {
    throw failure(406, "The answer is JSON, and the Accept header wants none", {
      remedy: "Accept application/json",
    });
  }
  await next();
};

function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  where: string | undefined,
  remedy?: string,
): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const lines = issues.slice(0, MOST_ISSUES).map(({ path, message }) =>
    `${message.slice(0, MOST_TEXT)}${path.length === 0 ? "" : ` at ${path.map(String).join(".")}`}`
  );
  if (issues.length > MOST_ISSUES) lines.push(`and ${issues.length - MOST_ISSUES} more`);
  const text = lines.join("; ");
  throw failure(422, where === undefined ? text : `${where}: ${text}`, remedy ? { remedy } : {});
}

function decodeQuery(url: string): [string, string][] {
  const { search } = new URL(url);
  return search.slice(1).split("&").filter((part) => part !== "").map((part) => {
    const at = part.indexOf("=");
    const text = (value: string) => decode("query", value.replaceAll("+", " "));
    return at < 0 ? [text(part), ""] : [text(part.slice(0, at)), text(part.slice(at + 1))];
  });
}

function decode(what: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw failure(400, `The ${what} is not percent-encoded UTF-8`, {
      remedy: "Encode ids as encodeURIComponent does",
    });
  }
}

function isList(schema: z.core.$ZodType | undefined): boolean {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
  return inner instanceof z.ZodArray;
}

/** Whether an Accept header lets JSON through (RFC 9110, 12.5.1): the most specific range decides. */
function takesJson(accept: string): boolean {
  let best = -1;
  let weight = 0;
  for (const range of accept.split(",")) {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    const specific = ["*/*", "application/*", "application/json"].indexOf(type);
    if (specific <= best) continue;
    best = specific;
    const q = parameters.find((parameter) => parameter.startsWith("q="));
    weight = q === undefined ? 1 : Number(q.slice(2));
  }
  return weight > 0;
}
