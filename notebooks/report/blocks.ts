/** What a report is made of: the same for HTML and Markdown. All texts are plain, never markup. */
import type { Cell, Column } from "../lib/table.ts";

/** Who must not see a block: a page of one's own holds what a comment of a pull request should not. */
export type Audience = "everyone" | "page";

export interface TableBlock {
  readonly kind: "table";
  /** What the table shows. */
  readonly caption: string;
  readonly columns: readonly Column[];
  /** The first cell names its row. */
  readonly rows: readonly (readonly Cell[])[];
  readonly for?: Audience;
}

/** One line, or the points of one colour. */
export interface Series {
  readonly name: string;
  /** Grey: what the others stand out of. */
  readonly muted?: boolean;
  readonly values: readonly {
    readonly x: number | string;
    readonly y: number;
    /** Bounds of y. */
    readonly interval?: readonly [number, number] | undefined;
  }[];
}

/** Data of a picture; `figures.ts` draws it. */
export type Figure =
  /** Lines over numbers, as sweeps. `mark`: an x that is pointed out. */
  | {
    readonly kind: "lines";
    readonly x: string;
    readonly y: string;
    readonly series: readonly Series[];
    readonly mark?: { readonly x: number; readonly says: string } | undefined;
  }
  /** Points over numbers, both axes logarithmic. */
  | {
    readonly kind: "logarithmic";
    readonly x: string;
    readonly y: string;
    readonly values: readonly { readonly x: number; readonly y: number }[];
  }
  /** An area over days ("2024-05-31"). `mark`: a day that is pointed out. */
  | {
    readonly kind: "days";
    readonly y: string;
    readonly values: readonly { readonly x: string; readonly y: number }[];
    readonly mark?: { readonly x: string; readonly says: string } | undefined;
  }
  /** Values by name, with intervals where there are any; each series has a colour. */
  | { readonly kind: "dots"; readonly value: string; readonly series: readonly Series[] };

export interface FigureBlock {
  readonly kind: "figure";
  readonly caption: string;
  /** What it shows, in words. */
  readonly alt: string;
  readonly figure: Figure;
}

export interface TextBlock {
  /** warning: what a reader must not overlook. */
  readonly kind: "text" | "warning";
  readonly text: string;
}

export interface ListBlock {
  readonly kind: "list";
  readonly items: readonly string[];
  readonly for?: Audience;
}

export interface DetailsBlock {
  readonly kind: "details";
  readonly summary: string;
  readonly blocks: readonly Block[];
  readonly for?: Audience;
}

export interface HeadingBlock {
  readonly kind: "heading";
  readonly text: string;
  readonly for?: Audience;
}

export type Block =
  | TableBlock
  | FigureBlock
  | TextBlock
  | ListBlock
  | DetailsBlock
  | HeadingBlock;

export interface Section {
  /** Of the link that leads to it. */
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly for?: Audience;
  /** Whether Markdown shows its title alone until somebody asks for more. */
  readonly folded?: boolean;
}

/** A paragraph. */
export function text(text: string): TextBlock {
  return { kind: "text", text };
}
