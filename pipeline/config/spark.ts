/** The Spark that `train.solver = "spark"` computes on. */
import { z } from "zod";

/** A property whose name says that it holds a secret must not stand in a config. */
const SECRET = /password|secret|token|accesskey/i;

export const sparkSchema = z.strictObject({
  master: z.string().min(1).default("local[*]").describe(
    "local[*], local-cluster[workers,cores,MiB], spark://host:7077, yarn or k8s://…",
  ),
  folder: z.string().min(1).nullable().default(null).describe(
    "A folder that all executors reach under this path, for what goes to Spark and back. null: this machine's own.",
  ),
  conf: z.record(
    z.string().regex(/^spark\./, "a property of Spark begins with spark.")
      .refine((name) => !SECRET.test(name), "give secrets by Spark's own spark-defaults.conf"),
    z.string(),
  ).default({}).describe('Properties of Spark: { "spark.executor.memory": "4g" }.'),
}).optional().describe("What train.solver = spark computes on. No key part.");

/** Where nothing is said. */
const defaults = { master: "local[*]", folder: null, conf: {} };

/** They as Spark's properties, the folder's name among them. */
export function sparkProperties(
  { master, folder, conf }: z.infer<typeof sparkSchema> = defaults,
): Record<string, string> {
  return {
    ...conf,
    "spark.master": master,
    ...(folder === null ? {} : { "spark.recommender.folder": folder }),
  };
}
