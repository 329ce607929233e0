/** What the purchases look like, and what ingest made of them. */
import { MAX_EXAMPLES, type RowExample } from "../../../pipeline/data/report.ts";
import { count, day, fixed, percent } from "../../lib/numbers.ts";
import type { Cell } from "../../lib/table.ts";
import { type Block, type Section, text } from "../blocks.ts";
import type { RunData } from "../read_run.ts";
import { FEW, type Shape } from "../shape.ts";

/** Rows and what was dropped and why, the long tail, customers, weeks and seasons. */
export function dataSection({ ingest, shape, split }: RunData): Section {
  const { first, last } = ingest;
  const span = first === null || last === null
    ? "Purchases have no times."
    : `From ${first.slice(0, 10)} to ${last.slice(0, 10)}.`;
  return {
    id: "data",
    folded: true,
    title: "Data",
    blocks: [
      text(
        `${count(ingest.users)} customers bought ${count(ingest.items)} products in ` +
          `${count(ingest.pairs)} different pairs: ${
            percent(ingest.pairs / Math.max(1, ingest.users * ingest.items), 2)
          } of all that there could be. ${span}`,
      ),
      {
        kind: "table",
        caption: "What ingest read, kept and dropped",
        columns: ["", "number", ""],
        rows: ingestRows(ingest),
      },
      ...droppedRows(ingest),
      ...tail(shape),
      ...customers(shape),
      ...weeks(shape, split.cut),
      ...months(shape),
    ],
  };
}

function ingestRows(ingest: RunData["ingest"]): Cell[][] {
  const { rows, dropped, outliers, bots, catalogue, renamed } = ingest;
  const share = (n: number) => percent(n / Math.max(1, rows.read), 2);
  const table: Cell[][] = [
    ["rows read", rows.read, null],
    ["rows kept", rows.kept, share(rows.kept)],
    ["rows dropped", rows.dropped, share(rows.dropped)],
    ...Object.entries(dropped).map(([reason, { rows }]) => [
      `… ${reason}`,
      rows,
      share(rows),
    ]),
  ];
  if (outliers.rows > 0) {
    const what = { report: "kept", cap: "capped", drop: "dropped" }[outliers.action];
    table.push([
      "rows with unlikely quantities",
      outliers.rows,
      `more than ${count(outliers.maxQuantity)} pieces; ${what}`,
    ]);
  }
  if (bots !== null && bots.users > 0) {
    table.push([
      "bot-like customers",
      bots.users,
      `more than ${count(bots.maxRowsPerDay)} rows on a day; ${
        bots.action === "drop" ? "dropped" : "kept"
      }`,
    ]);
  }
  table.push([
    "returns",
    ingest.returns,
    "rows with a negative quantity, netted against purchases",
  ]);
  table.push(["equal rows", ingest.duplicateRows, "kept: two order lines, or a fault"]);
  if (renamed.items > 0) {
    table.push(["products with several names", renamed.items, "the latest counts"]);
  }
  if (catalogue !== null) {
    table.push(
      ["catalogue rows", catalogue.rows, `${count(catalogue.dropped)} without an id or broken`],
      ["… never bought", catalogue.neverBought, "left out"],
      ["… missing", catalogue.missing, "bought, kept without a name"],
    );
  }
  return table;
}

/** Rows as they stood in the input: they hold customers' ids, so only the page has them. */
function droppedRows({ dropped }: RunData["ingest"]): Block[] {
  const examples = Object.entries(dropped)
    .flatMap(([reason, { examples }]) => examples.map((row) => [reason, place(row), cells(row)]));
  if (examples.length === 0) return [];
  return [{
    kind: "details",
    for: "page",
    summary: `Rows that were dropped: up to ${MAX_EXAMPLES} of each reason`,
    blocks: [{
      kind: "table",
      caption: "Dropped rows, as they stood in the input",
      columns: ["reason", "where", "values"],
      rows: examples,
    }],
  }];
}

function place({ file, line, row }: RowExample): string {
  return `${file ?? ""} ${line === undefined ? `row ${row}` : `line ${line}`}`.trim();
}

/** Longer values are cut. */
const VALUE_LENGTH = 60;

function cells({ file: _file, line: _line, row: _row, ...values }: RowExample): string {
  return Object.entries(values).map(([name, value]) => {
    const text = JSON.stringify(value);
    return `${name} ${text.length > VALUE_LENGTH ? `${text.slice(0, VALUE_LENGTH)}…` : text}`;
  }).join(", ");
}

function tail({ tail }: Shape): Block[] {
  if (tail.ranks.length < 2) return [];
  const says =
    `The best-selling tenth of ${count(tail.items)} products has ${
      percent(tail.tenth, 0)
    } of all pairs; ${count(tail.rare)} (${percent(tail.rare / tail.items, 0)}) have fewer than ` +
    `${FEW} customers.`;
  return [{ kind: "heading", text: "The long tail" }, text(says), {
    kind: "figure",
    caption: "Customers of each product, by its rank",
    alt: says,
    figure: {
      kind: "logarithmic",
      x: "rank of the product",
      y: "customers who bought it",
      values: tail.ranks.map(({ rank, buyers }) => ({ x: rank, y: buyers })),
    },
  }];
}

function customers({ customers }: Shape): Block[] {
  const all = customers.reduce((sum, { customers }) => sum + customers, 0);
  return [{
    kind: "table",
    caption: "Customers by how many different products they have bought",
    columns: ["different products", "customers", { name: "share", format: percent }],
    rows: customers.map(({ from, to, customers }) => [
      from === to ? count(from) : `${count(from)} to ${count(to)}`,
      customers,
      customers / all,
    ]),
  }];
}

function weeks({ weeks }: Shape, cut: number | null): Block[] {
  if (weeks.length < 3) return [];
  // The first and the last week are as a rule no whole ones.
  const values = weeks.slice(1, -1).map(({ week, purchases }) => ({ x: week, y: purchases }));
  const most = values.reduce((a, b) => b.y > a.y ? b : a);
  return [{ kind: "heading", text: "When customers buy" }, {
    kind: "figure",
    caption: "Purchases by week",
    alt: `Purchases by week, ${values.length} weeks from ${values[0]?.x}; most, ${
      count(most.y)
    }, in the week of ${most.x}`,
    figure: {
      kind: "days",
      y: "purchases in the week",
      values,
      mark: cut === null ? undefined : { x: day(cut), says: "held back from here on" },
    },
  }];
}

const MONTHS = [
  ...["January", "February", "March", "April", "May", "June"],
  ...["July", "August", "September", "October", "November", "December"],
];

function months({ months }: Shape): Block[] {
  if (months.length === 0) return [];
  return [{
    kind: "table",
    caption: "Seasons: purchases of each month beside the mean month, over whole years",
    columns: ["month", {
      name: "times the mean month",
      format: (value) => fixed(value, 2),
    }],
    rows: months.map(({ month, relative }) => [MONTHS[month - 1] ?? "", relative]),
  }];
}
