/** The OpenAPI 3.1 document, made of the operations and the schemas that parse and answer. */
import { z } from "zod";
import { type Answer, answersOf, type Operation } from "./operation.ts";

/** JSON of the document's own. */
export type Json = z.core.util.JSONType;

const jsonSchema: z.ZodType<Json> = z.json();

/** What the document says of the whole. */
const INFO = {
  title: "Product recommender",
  version: "1",
  description: "Recommendations for a shop. Ids are those of the purchases. Every error is a " +
    "problem document (RFC 9457).",
  license: { name: "MIT", identifier: "MIT" },
};

/** The document of `operations`. Schemas with an id become components. */
export function openApiDocument(operations: readonly Operation[]): Record<string, Json> {
  const components = new Map<string, Json>();
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of operations) {
    (paths[operation.path] ??= {})[operation.method] = describe(operation, components);
  }
  return {
    openapi: "3.1.1",
    info: INFO,
    paths,
    components: {
      schemas: Object.fromEntries(components),
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
    },
  };
}

function describe(operation: Operation, components: Map<string, Json>): Json {
  const { id, tag, summary, description, params, query, body } = operation;
  const parameters = [...parametersOf("path", params), ...parametersOf("query", query)];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...description === undefined ? {} : { description },
    ...parameters.length === 0 ? {} : { parameters },
    ...body === undefined ? {} : {
      requestBody: {
        required: true,
        content: {
          "application/json": {
            schema: schemaOf(body.schema, "input", components),
            example: jsonSchema.parse(body.example),
          },
        },
      },
    },
    // On loopback no token may be set: then none is asked for.
    ...operation.changesState || operation.personal ? { security: [{ token: [] }] } : {},
    responses: Object.fromEntries(
      Object.entries(answersOf(operation)).map(([status, answer]) => [
        status,
        responseOf(answer, components),
      ]),
    ),
  };
}

function responseOf(answer: Answer, components: Map<string, Json>): Json {
  const { description, schema, type = "application/json", headers } = answer;
  return {
    description,
    ...headers === undefined ? {} : {
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, description]) => [name, {
          description,
          schema: { type: "string" },
        }]),
      ),
    },
    ...schema === undefined ? {} : {
      content: { [type]: { schema: schemaOf(schema, "output", components) } },
    },
  };
}

/** The parameters of an object schema; those of arrays are repeated. */
function parametersOf(where: "path" | "query", schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, value]) => {
    const json = objectOf(z.toJSONSchema(z.object({ value }), { io: "input" }));
    const properties = objectOf(json.properties);
    const required = Array.isArray(json.required) && json.required.includes("value");
    const { description: what, ...own } = objectOf(properties.value);
    return {
      name,
      in: where,
      required: where === "path" || required,
      ...what === undefined ? {} : { description: what },
      ...own.type === "array" ? { style: "form", explode: true } : {},
      schema: own,
    };
  });
}

/** A schema as JSON Schema 2020-12; those with ids go to the components. */
function schemaOf(schema: z.ZodType, io: "input" | "output", components: Map<string, Json>): Json {
  const { $schema: _, $defs = {}, ...own } = objectOf(
    // What is checked by hand says its schema in its metadata.
    z.toJSONSchema(schema, { io, unrepresentable: "any" }),
  );
  for (const [id, definition] of Object.entries(objectOf($defs))) {
    components.set(id, pointing(definition));
  }
  return pointing(own);
}

/** The same with references into the document's components. */
function pointing(json: Json): Json {
  if (Array.isArray(json)) return json.map(pointing);
  if (typeof json !== "object" || json === null) return json;
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => [
      name,
      name === "$ref" && typeof value === "string"
        ? value.replace("#/$defs/", "#/components/schemas/")
        : pointing(value),
    ]),
  );
}

function objectOf(value: unknown): Record<string, Json> {
  return z.record(z.string(), jsonSchema).parse(value);
}
