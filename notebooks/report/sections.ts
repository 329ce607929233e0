/** The report, section by section. */
import type { Section } from "./blocks.ts";
import type { Difference } from "./difference.ts";
import type { RunData } from "./read_run.ts";
import { changesSection } from "./sections/changes.ts";
import { customersSection } from "./sections/customers.ts";
import { dataSection } from "./sections/data.ts";
import { beyondSection, metricsSection } from "./sections/metrics.ts";
import { provenanceSection } from "./sections/provenance.ts";
import { rollingSection } from "./sections/rolling.ts";
import { slicesSection } from "./sections/slices.ts";
import { splitSection } from "./sections/split.ts";
import { summary } from "./sections/summary.ts";
import { trainingSection } from "./sections/training.ts";

/** All that there is to say of a run, and of what changed since another. */
export function reportSections(run: RunData, difference: Difference | undefined): Section[] {
  return [
    summary(run, difference),
    changesSection(run, difference),
    dataSection(run),
    splitSection(run),
    metricsSection(run),
    slicesSection(run),
    beyondSection(run),
    rollingSection(run),
    customersSection(run),
    trainingSection(run),
    provenanceSection(run),
  ].filter((section) => section !== undefined);
}
