/** @file Plain tables for terminals: aligned columns, no colour, nothing a file name could smuggle in. */

/** One column: its heading and how to show its cells. */
export interface Column {
  readonly header: string;
  /** Numbers sit right by default, text left. */
  readonly align?: "left" | "right";
  /** Digits after the point of the column's numbers; all of them by default. */
  readonly digits?: number;
}

/** A cell; undefined and null show as `-`. */
export type Cell = string | number | boolean | null | undefined;

/**
 * A table of text: a heading line, a rule, a line per row, two spaces between columns.
 * @param columns headings, or columns with alignment and digits
 */
export function formatTable(
  columns: readonly (string | Column)[],
  rows: readonly (readonly Cell[])[],
): string {
  const full = columns.map((column) => (typeof column === "string" ? { header: column } : column));
  const laidOut = full.map((column, index) => {
    const cells = rows.map((row) => row[index]);
    return layOut(column, cells);
  });
  const lines = ["header", "rule", ...rows.keys()].map((_, line) =>
    laidOut.map((column) => column[line]).join("  "),
  );
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function layOut(column: Column, cells: readonly Cell[]): string[] {
  const texts = [column.header, ...cells.map((cell) => cellText(cell, column.digits))];
  const width = Math.max(...texts.map(widthOf));
  const isRight = (column.align ?? (isNumeric(cells) ? "right" : "left")) === "right";
  const padded = texts.map((text) => {
    const space = " ".repeat(width - widthOf(text));
    return isRight ? space + text : text + space;
  });
  return [padded[0]!, "-".repeat(width), ...padded.slice(1)];
}

function isNumeric(cells: readonly Cell[]): boolean {
  const present = cells.filter((cell) => cell !== undefined && cell !== null);
  return present.length > 0 && present.every((cell) => typeof cell === "number");
}

function cellText(cell: Cell, digits: number | undefined): string {
  if (cell === undefined || cell === null) return "-";
  if (typeof cell !== "number") return printable(String(cell));
  return digits === undefined ? String(cell) : cell.toFixed(digits);
}

/** Text with control characters written as escapes, safe to show on a terminal. */
export function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

function widthOf(text: string): number {
  return [...text].length;
}
