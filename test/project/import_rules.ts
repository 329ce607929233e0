/** Who may import whom. Imports go one way; `docs/architecture.md` says why. */
import type { Import } from "./modules.ts";

interface Rule {
  /** A folder (with a slash at its end) or a file. The longest that fits a module is its rule. */
  readonly room: string;
  /** Folders and files that the room may import, beside itself. */
  readonly may: readonly string[];
  /** The same, for `import type` only. */
  readonly mayType?: readonly string[];
  /** Packages that it may import; every package where it is left out. */
  readonly packages?: readonly string[];
}

const solvers = ["pipeline/als/", "pipeline/baselines/"];
const quality = ["pipeline/topk/", "pipeline/metrics/"];
const below = ["pipeline/data/", "pipeline/kernels/", "pipeline/errors.ts"];

/** The table. A room that is not in it has no rule, and the test says so. */
export const rules: readonly Rule[] = [
  { room: "pipeline/errors.ts", may: [], packages: [] },
  { room: "pipeline/config.ts", may: ["pipeline/config/"], packages: ["zod"] },
  { room: "pipeline/config/", may: [], packages: ["zod"] },
  { room: "pipeline/engine/", may: ["pipeline/errors.ts"] },
  { room: "pipeline/kernels/assembly/", may: [], packages: ["assemblyscript/asc"] },
  { room: "pipeline/kernels/", may: ["pipeline/errors.ts"], packages: [] },
  {
    room: "pipeline/data/",
    may: ["pipeline/errors.ts"],
    // The config's types: what maps columns has one shape, declared where it is parsed.
    mayType: ["pipeline/engine/", "pipeline/config/"],
  },
  ...quality.map((room) => ({ room, may: below })),
  // Spark computes in a process of its own.
  { room: "pipeline/als/", may: ["pipeline/child.ts", ...below] },
  {
    room: "pipeline/baselines/",
    // The decay and the trend of the model itself: beside another decay a comparison would say nothing.
    may: ["pipeline/topk/", "pipeline/als/weights.ts", "pipeline/als/trend.ts", ...below],
  },
  // The second model, behind the solver interface of the first; who loads solvers by name knows both.
  { room: "pipeline/lmf/", may: ["pipeline/als/", ...below] },
  { room: "pipeline/als/solvers.ts", may: ["pipeline/als/", "pipeline/lmf/", ...below] },
  {
    room: "pipeline/stages/",
    may: ["pipeline/engine/", "pipeline/config/", ...below, ...solvers, ...quality],
  },
  {
    room: "pipeline/vectors/",
    // A model as files of a database: built beside their place, digested as its own files are.
    may: [
      "pipeline/als/model.ts",
      "pipeline/als/manifest.ts",
      "pipeline/engine/replace.ts",
      "pipeline/engine/atomic.ts",
      ...below,
    ],
    packages: ["zod"],
  },
  // What is drawn and in which order, apart from what runs it: regularization as the fit takes it.
  {
    room: "pipeline/tune/",
    may: ["pipeline/config/", "pipeline/als/weights.ts", "pipeline/data/", "pipeline/errors.ts"],
  },
  {
    room: "pipeline/pipeline.ts",
    may: ["pipeline/config.ts", "pipeline/config/", "pipeline/engine/", "pipeline/stages/"],
    mayType: ["pipeline/data/"],
    packages: [],
  },
  { room: "pipeline/answers.ts", may: ["pipeline/data/"], packages: [] },
  {
    room: "pipeline/folding.ts",
    // How the model was fitted is parsed as the config is.
    may: ["pipeline/als/", "pipeline/config/fitted.ts", ...below],
    packages: [],
  },
  { room: "pipeline/filters.ts", may: ["pipeline/topk/", "pipeline/data/"], packages: [] },
  {
    room: "pipeline/prepared.ts",
    may: ["pipeline/als/", "pipeline/topk/", ...below],
    packages: [],
  },
  {
    room: "pipeline/recommender.ts",
    may: [
      "pipeline/als/",
      "pipeline/topk/",
      "pipeline/answers.ts",
      "pipeline/filters.ts",
      "pipeline/folding.ts",
      "pipeline/prepared.ts",
      ...below,
    ],
  },
  {
    room: "pipeline/fitting.ts",
    // The fit's options are checked as those of the config are.
    may: ["pipeline/als/", "pipeline/config/train.ts", "pipeline/recommender.ts", ...below],
  },
  {
    room: "pipeline/setup/",
    // Where the solver looks for what is built.
    may: [
      "pipeline/als/tfjs_tensorflow.ts",
      "pipeline/als/spark/submit.ts",
      "pipeline/engine/digest.ts",
      "pipeline/engine/atomic.ts",
    ],
    packages: ["zod", "@tensorflow/tfjs-core"],
  },
  {
    room: "pipeline/revisions/",
    // What was measured, and how two states are compared.
    may: ["pipeline/child.ts", "pipeline/engine/", "pipeline/metrics/", "pipeline/errors.ts"],
    packages: ["zod"],
  },
  // Starts the command line as a process of its own.
  { room: "pipeline/with_git.ts", may: ["pipeline/child.ts"], packages: [] },
  { room: "pipeline/child.ts", may: [], packages: [] },
  {
    room: "pipeline/commands/",
    // Data, metrics and stages: `run` and `report` show tables of what they have written.
    may: [
      "pipeline/data/",
      "pipeline/engine/",
      "pipeline/pipeline.ts",
      "pipeline/config.ts",
      "pipeline/errors.ts",
      "pipeline/metrics/",
      "pipeline/revisions/",
      "pipeline/stages/",
      // Options of `tune` are parsed as the config is.
      "pipeline/config/",
      "pipeline/tune/",
      "pipeline/vectors/",
    ],
  },
  {
    room: "pipeline/main.ts",
    // It hands the wiring to the commands, so that their tests can hand them another.
    may: [
      "pipeline/commands/",
      "pipeline/pipeline.ts",
      "pipeline/config.ts",
      "pipeline/engine/",
      "pipeline/errors.ts",
    ],
  },
  {
    room: "pipeline/run_pipeline.ts",
    // What `run` of the command line does, without its words.
    may: [
      "pipeline/commands/load_config.ts",
      "pipeline/config/spark.ts",
      "pipeline/engine/",
      "pipeline/pipeline.ts",
    ],
    packages: [],
  },
  { room: "pipeline/mod.ts", may: ["pipeline/"], packages: [] },
  {
    room: "serve/",
    may: [
      "pipeline/als/model.ts",
      "pipeline/als/manifest.ts",
      "pipeline/topk/",
      "pipeline/data/",
      "pipeline/recommender.ts",
      "pipeline/prepared.ts",
      // It trains by a child process.
      "pipeline/child.ts",
      // What a filter and a list are, for the answers' types.
      "pipeline/answers.ts",
      "pipeline/filters.ts",
      // A kept model's list is written so that a crash leaves the old one or the new.
      "pipeline/engine/atomic.ts",
      "pipeline/errors.ts",
    ],
  },
  { room: "examples/", may: ["pipeline/mod.ts", "serve/app.ts"] },
  { room: "notebooks/", may: ["pipeline/mod.ts"] },
  // Who imports mod.ts must not load DuckDB.
  {
    room: "notebooks/lib/query.ts",
    may: ["pipeline/data/duckdb.ts", "pipeline/mod.ts"],
  },
  {
    room: "notebooks/report/",
    // The last run as its lock file and store have it, and what another one measured.
    may: [
      "notebooks/lib/",
      "pipeline/mod.ts",
      "pipeline/commands/failure.ts",
      "pipeline/commands/places.ts",
      "pipeline/data/",
      "pipeline/engine/",
      "pipeline/errors.ts",
      "pipeline/metrics/",
      "pipeline/revisions/",
      "pipeline/stages/example.ts",
    ],
  },
  {
    room: "notebooks/run/",
    // Notebooks are stages of a graph of their own.
    may: [
      "pipeline/mod.ts",
      "pipeline/engine/",
      "pipeline/commands/load_config.ts",
      "pipeline/pipeline.ts",
      "pipeline/errors.ts",
    ],
  },
  { room: "test/", may: ["pipeline/", "serve/", "examples/", "notebooks/"] },
];

/** What the imports break, one readable line each; empty where they keep the rules. */
export function violations(imports: readonly Import[], table = rules): string[] {
  return imports.flatMap((edge) => {
    const where = `${edge.from}:${edge.line + 1} imports ${JSON.stringify(edge.specifier)}`;
    const rule = table.filter(({ room }) => within(edge.from, room))
      .sort((a, b) => b.room.length - a.room.length)[0];
    if (!rule) return [`${where}: no rule covers it; add its room to test/project/import_rules.ts`];
    if (edge.to === undefined) {
      const { packages } = rule;
      if (!packages || isBuiltIn(edge.specifier) || packages.includes(edge.specifier)) return [];
      return [`${where}: ${rule.room} may import no package but ${list(packages)}`];
    }
    const to = edge.to;
    const allowed = [rule.room, ...rule.may, ...(edge.typeOnly ? rule.mayType ?? [] : [])];
    if (allowed.some((room) => within(to, room))) return [];
    const typed = rule.mayType?.length ? `, and types of ${list(rule.mayType)}` : "";
    return [`${where}: ${rule.room} may import only itself and ${list(rule.may)}${typed}`];
  });
}

function within(path: string, room: string): boolean {
  return room.endsWith("/") ? path.startsWith(room) : path === room;
}

function isBuiltIn(specifier: string): boolean {
  return specifier.startsWith("node:");
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(", ") : "nothing";
}
