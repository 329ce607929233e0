/**
 * `deno task bench:scale [--train] [--serve] [--model DIR] [--users N] [--items N] [--shards N] [--seconds S]`:
 * the figures of docs/scale.md. Memory of small fits, and whether they foretell that of a larger one; memory, load
 * time and swap of a server with many items; servers with a part of the users each behind a router.
 */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { simulateServing } from "./scale/serving.ts";
import { measureTraining } from "./scale/training.ts";
import { openModel } from "./serve/model.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const say = (line: string) => Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      train: { type: "boolean", default: false },
      serve: { type: "boolean", default: false },
      model: { type: "string" },
      users: { type: "string", default: "200000" },
      items: { type: "string", default: "1000000" },
      shards: { type: "string", default: "4" },
      seconds: { type: "string", default: "5" },
      sample: { type: "string", default: "500" },
    },
  });
  const both = !values.train && !values.serve;
  const work = join(root, ".bench");
  await Deno.mkdir(join(work, "serve"), { recursive: true });
  const common = { factors: 64, threads: 2, work, say };
  if (both || values.train) await measureTraining(common);
  if (!both && !values.serve) return;
  const [users, items] = [Number(values.users), Number(values.items)];
  const dir = values.model === undefined
    ? (await openModel({ users, items, factors: 64, threads: 2 }, { work, log: say })).dir
    : resolve(root, values.model);
  const [shards, seconds, sample] = [values.shards, values.seconds, values.sample].map(Number);
  await simulateServing({ dir, shards: shards!, seconds: seconds!, sample: sample!, work, say });
  await Deno.remove(join(work, "scale"), { recursive: true });
}

if (import.meta.main) await main(Deno.args);
