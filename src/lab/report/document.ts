/** @file What a report is made of, before it is HTML or Markdown. All text is plain: renderers escape it. */
import type { Markup } from "./markup.ts";

/** A column of a table; numbers stand right. */
export interface TableColumn {
  readonly header: string;
  readonly isNumeric?: boolean;
}

/** One part of a report. */
export type Block =
  | { readonly kind: "heading"; readonly level: 1 | 2 | 3; readonly text: string }
  | {
      readonly kind: "paragraph";
      readonly text: string;
      readonly tone?: "verdict" | "warning" | "note";
    }
  | { readonly kind: "list"; readonly items: readonly string[] }
  | {
      readonly kind: "table";
      readonly caption: string;
      readonly columns: readonly TableColumn[];
      readonly rows: readonly (readonly string[])[];
      /** Places of rows set apart: averages. */
      readonly totals?: readonly number[];
    }
  | { readonly kind: "figures"; readonly figures: readonly Figure[] }
  | {
      readonly kind: "code";
      readonly caption: string;
      readonly language: string;
      readonly code: string;
    }
  /** Folded in HTML until asked for. */
  | { readonly kind: "details"; readonly summary: string; readonly blocks: readonly Block[] };

/** A drawing; Markdown leaves it out, its numbers are in a table beside it. */
export interface Figure {
  readonly caption: string;
  readonly svg: Markup;
}

export const heading = (level: 1 | 2 | 3, text: string): Block => ({
  kind: "heading",
  level,
  text,
});

export function paragraph(text: string, tone?: "verdict" | "warning" | "note"): Block {
  return { kind: "paragraph", text, ...(tone === undefined ? {} : { tone }) };
}

/** A table whose columns after the first `textColumns` are numbers. */
export function table(
  caption: string,
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  { textColumns = 1, totals = [] as readonly number[] } = {},
): Block {
  const columns = headers.map((header, i) => ({ header, isNumeric: i >= textColumns }));
  return { kind: "table", caption, columns, rows, totals };
}
