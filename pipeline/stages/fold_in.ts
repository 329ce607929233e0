import { foldUsers, requireFoldIn } from "../als/fold_users.ts";
import { RESOURCES, trainSchema } from "../config/train.ts";
import { factorsFormat } from "../data/formats.ts";
import { interactionsFormat } from "../data/parquet.ts";
import { defineStage } from "../engine/stage.ts";

/**
 * Gives users that the fit did not see factors from what is known of them. Throws `TypeError` for a
 * model that has no fold-in, and as `foldUsers` does.
 */
export const foldIn = defineStage({
  name: "fold-in",
  module: import.meta.url,
  summary: "fold held-out users into the fit",
  params: trainSchema.omit(RESOURCES),
  inputs: {
    train: interactionsFormat,
    foldIn: interactionsFormat,
    factors: factorsFormat,
  },
  outputs: { factors: factorsFormat },
  async run({ params, inputs, outputs, report }) {
    requireFoldIn(params.model);
    const [train, rows, factors] = await Promise.all([
      inputs.train.read(),
      inputs.foldIn.read(),
      inputs.factors.read(),
    ]);
    const folded = foldUsers(factors, train, rows, params);
    report.log(`${new Set(rows.user).size} users folded in from ${rows.user.length} purchases`);
    return { factors: await outputs.factors.write(folded) };
  },
});
