/** @file Which comment or string documents a function, and its text. */

import { docText } from "./doc-text.ts";
import type { DocComments } from "./language-syntax.ts";

/** Comments and attachments (attributes, decorators between documentation and function) in order. */
export interface Remark {
  readonly start: number;
  readonly end: number;
  readonly isComment: boolean;
}

/** Documentation found: clean text and its place; an empty range when there is none. */
export interface Docstring {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The documentation that ends ahead of `position`, where a declaration begins; attachments are skipped. */
export function docstringAhead(
  source: string,
  remarks: readonly Remark[],
  position: number,
  form: DocComments,
): Docstring | undefined {
  let k = remarks.length - 1;
  while (k >= 0 && remarks[k]!.start >= position) k -= 1;
  let start = position;
  for (; k >= 0; k -= 1) {
    const remark = remarks[k]!;
    const gap = blankGap(source, remark.end, start);
    if (gap === undefined) return undefined;
    const marker = remark.isComment ? markerOf(source, remark.start, form) : undefined;
    if (marker !== undefined) {
      if (form.isAdjacent && (gap > 1 || !startsLine(source, remark.start))) return undefined;
      const first = marker === "line" ? firstOfRun(source, remarks, k, form) : k;
      return clean(source, remarks[first]!.start, remark.end, form);
    }
    if (remark.isComment && gap > 1) return undefined;
    start = remark.start;
  }
  return undefined;
}

/** The last documentation comment among a declaration's modifiers. */
export function docstringAmong(
  source: string,
  remarks: readonly Remark[],
  form: DocComments,
): Docstring | undefined {
  const last = remarks.findLastIndex(({ start }) => markerOf(source, start, form) !== undefined);
  if (last < 0) return undefined;
  const isLine = markerOf(source, remarks[last]!.start, form) === "line";
  const first = isLine ? firstOfRun(source, remarks, last, form) : last;
  return clean(source, remarks[first]!.start, remarks[last]!.end, form);
}

function clean(source: string, start: number, end: number, form: DocComments): Docstring {
  return { text: docText(source.slice(start, end), form.markup), start, end };
}

/** Line breaks between two places when only white space is there, else undefined. */
function blankGap(source: string, from: number, to: number): number | undefined {
  let numLines = source[from - 1] === "\n" ? 1 : 0;
  for (let i = to - 1; i >= from; i -= 1) {
    const unit = source.charCodeAt(i);
    if (unit === 10) numLines += 1;
    else if (unit !== 32 && (unit < 9 || unit > 13)) return undefined;
  }
  return numLines;
}

function startsLine(source: string, position: number): boolean {
  let i = position - 1;
  while (i >= 0 && (source[i] === " " || source[i] === "\t")) i -= 1;
  return i < 0 || source[i] === "\n";
}

function markerOf(source: string, start: number, form: DocComments): "line" | "block" | undefined {
  const isAny = (markers: readonly string[]) =>
    markers.some((marker) => source.startsWith(marker, start));
  if (isAny(form.exceptions ?? [])) return undefined;
  if (isAny(form.blocks)) return "block";
  return isAny(form.lines) && startsLine(source, start) ? "line" : undefined;
}

/** The first of the adjacent line comments that end with remark k. */
function firstOfRun(
  source: string,
  remarks: readonly Remark[],
  k: number,
  form: DocComments,
): number {
  let first = k;
  while (first > 0) {
    const above = remarks[first - 1]!;
    if (!above.isComment || markerOf(source, above.start, form) !== "line") break;
    if (blankGap(source, above.end, remarks[first]!.start) !== 1) break;
    first -= 1;
  }
  return first;
}

/** The text of a Python string literal that stands where PEP 257 wants a docstring. */
export function pythonDocstring(source: string, start: number, end: number): Docstring | undefined {
  const match = /^[rRuU]?("""|'''|"|')(.*)\1$/s.exec(source.slice(start, end));
  return match === null ? undefined : { text: docText(match[2]!, "docstring"), start, end };
}
