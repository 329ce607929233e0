/** What the bench and its children say to each other: one JSON object a line. */
import { z } from "zod";

/** A child's first line: the matrix is in its memory. */
export const readyMessage = z.object({ ready: z.literal(true) });

/** Factors of an iteration lie in the trace's folder; the child's clock stands until an answer. */
export const iterationMessage = z.object({
  iteration: z.int().min(1),
  /** From the start of the fit, without the time that tracing took. */
  seconds: z.number().min(0),
});

/** A fit has ended. */
export const doneMessage = z.object({
  done: z.literal(true),
  seconds: z.number().min(0),
  /** The most memory that the process ever held; null where the system keeps no account. */
  peakMiB: z.number().positive().nullable(),
  /** Own solvers: seconds from the start of the fit to each sweep. */
  laps: z.array(z.number().min(0)).optional(),
  /** Own solvers: what decided the last bits. */
  runtime: z.record(z.string(), z.string()).optional(),
  /** Own solvers: mebibytes before the matrix was there, and of the matrix. */
  memory: z.object({ runtimeMiB: z.number().nullable(), problemMiB: z.number() }).optional(),
  /** Own solvers, where the job asks for it: SHA-256 of users' and items' factors. */
  digest: z.string().optional(),
});

export const message = z.union([readyMessage, iterationMessage, doneMessage]);
export type Message = z.infer<typeof message>;
export type Done = z.infer<typeof doneMessage>;

/** What holds for all fits of a child: its first line of input. */
export const setupSchema = z.strictObject({
  solver: z.string(),
  /** Folder of the data set. */
  data: z.string(),
  items: z.int().min(1),
  factors: z.int().min(1),
  alpha: z.number().positive(),
  lambda: z.number().positive(),
  /** weighted: lambda times a row's number of entries, as Spark has it. */
  regularization: z.enum(["constant", "weighted"]),
  threads: z.int().min(1),
  seed: z.int().min(0),
});
export type Setup = z.infer<typeof setupSchema>;

/** One fit. */
export const jobSchema = z.strictObject({
  iterations: z.int().min(1),
  /** A folder: the factors of every iteration are written there as users.npy and items.npy. */
  trace: z.string().nullable(),
  /** A folder for the last factors, written when the clock has stopped. */
  save: z.string().nullable(),
  digest: z.boolean(),
});
export type Job = z.infer<typeof jobSchema>;
