/** All that a report says of a run: from its lock file and the store. */
import { type LockEntry, LockFile } from "../../pipeline/engine/lockfile.ts";
import type { Format } from "../../pipeline/engine/stage.ts";
import type { Workspace } from "../../pipeline/engine/workspace.ts";
import { CheckError } from "../../pipeline/errors.ts";
import {
  type Evaluation,
  evaluationFormat,
  factorsFormat,
  historyFormat,
  type IngestReport,
  interactionsFormat,
  itemsFormat,
  perUserFormat,
  reportFormat,
  splitFormat,
  type SplitSummary,
  type TrainHistory,
  usersFormat,
} from "../../pipeline/mod.ts";
import { union } from "../../pipeline/data/interactions.ts";
import { type Rolling, rollingFormat } from "../../pipeline/metrics/rolling.ts";
import { exampleFormat } from "../../pipeline/stages/example.ts";
import { type Customer, customersOf } from "./customers.ts";
import { type Shape, shapeOf } from "./shape.ts";

export interface RunData {
  /** The config as it was named. */
  readonly config: string;
  /** The lock file's entries. */
  readonly stages: ReadonlyMap<string, LockEntry>;
  readonly ingest: IngestReport;
  readonly shape: Shape;
  readonly split: SplitSummary;
  readonly history: TrainHistory;
  readonly evaluation: Evaluation;
  /** Where the split has several cuts. */
  readonly rolling: Rolling | undefined;
  /** None where they are not to be shown. */
  readonly customers: readonly Customer[];
}

/** Rows of the input are of customers, too. */
function withoutRows(report: IngestReport): IngestReport {
  const { dropped, outliers, bots } = report;
  const counts = Object.entries(dropped)
    .map(([reason, { rows }]) => [reason, { rows, examples: [] }] as const);
  return {
    ...report,
    dropped: Object.fromEntries(counts),
    outliers: { ...outliers, examples: [] },
    bots: bots && { ...bots, examples: [] },
  };
}

/**
 * Reads the last run of the config named `config`.
 *
 * @param customers whether it may hold what single customers bought, and rows of the input.
 * @throws {CheckError} where the lock file names no whole run, or the store lacks something of it.
 */
export async function readRun(
  workspace: Workspace,
  config: string,
  customers: boolean,
): Promise<RunData> {
  const { stages } = await LockFile.open(workspace.lockPath);
  const read = reader(stages, workspace, config);
  const evaluation = await read("evaluate", "metrics", evaluationFormat);
  const split = await read("split", "summary", splitFormat);
  const ingest = await read("ingest", "report", reportFormat);
  const bought = await read("ingest", "interactions", interactionsFormat);
  return {
    config,
    stages,
    ingest: customers ? ingest : withoutRows(ingest),
    shape: shapeOf(bought),
    split,
    history: await read("train", "history", historyFormat),
    evaluation,
    rolling: stages.has("rolling") ? await read("rolling", "rolling", rollingFormat) : undefined,
    customers: customers ? await readCustomers(read, stages, split, evaluation) : [],
  };
}

type Read = <T>(stage: string, output: string, format: Format<T>) => Promise<T>;

function reader(
  stages: ReadonlyMap<string, LockEntry>,
  { store }: Workspace,
  config: string,
): Read {
  const run = `deno task pipeline${config === "pipeline.json" ? "" : ` --config ${config}`}`;
  return async (stage, output, format) => {
    const stored = stages.get(stage)?.outputs[output];
    if (stored === undefined) {
      throw new CheckError(
        `The last run of ${config} has no ${stage}.${output}: there is nothing to report`,
        `Run \`${run}\` first`,
        {},
      );
    }
    if (!await store.has(stored)) {
      throw new CheckError(
        `The store lacks ${stage}.${output} of the last run of ${config}, or it is damaged there`,
        `Run \`${run}\`: it makes again what is missing`,
        {},
      );
    }
    return await format.read(store.path(stored));
  };
}

async function readCustomers(
  read: Read,
  stages: ReadonlyMap<string, LockEntry>,
  split: SplitSummary,
  evaluation: Evaluation,
): Promise<Customer[]> {
  const train = await read("split", "train", interactionsFormat);
  // Users that the fit has not seen are ranked by what is folded in.
  const folded = split.foldIn !== null && stages.has("fold-in");
  return customersOf({
    example: await read("evaluate", "example", exampleFormat),
    evaluation,
    perUser: await read("evaluate", "perUser", perUserFormat),
    factors: await read(folded ? "fold-in" : "train", "factors", factorsFormat),
    train: folded ? union(train, await read("split", "foldIn", interactionsFormat)) : train,
    test: await read("split", "test", interactionsFormat),
    users: await read("ingest", "users", usersFormat),
    items: await read("ingest", "items", itemsFormat),
  });
}
