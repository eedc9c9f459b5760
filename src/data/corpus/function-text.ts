/** @file A function's text as a corpus keeps it: docstring cut out, indentation of its place removed. */

/** A function in its file; offsets are UTF-16 units of the file's text, pairs are start and end. */
export interface FunctionPlace {
  readonly start: number;
  readonly end: number;
  /** Outside `[start, end)` when the docstring stands before the function, or -1. */
  readonly docStart: number;
  readonly docEnd: number;
  readonly identifiers: ArrayLike<number>;
}

/** A function on its own; identifiers are start and end pairs in `code`, in order. */
export interface FunctionText {
  readonly code: string;
  readonly identifiers: number[];
}

/** Ranges to leave out, start and end pairs, in order, not overlapping. */
type Cuts = number[];

/**
 * Cut a function out of its file. The docstring inside it goes with its line, the indentation that
 * its first line has goes from every line that has it, `\r\n` becomes `\n`; identifiers follow.
 */
export function functionText(source: string, place: FunctionPlace): FunctionText {
  const cuts = findCuts(source, place);
  let code = "";
  let at = place.start;
  for (let i = 0; i < cuts.length; i += 2) {
    code += source.slice(at, cuts[i]!);
    at = cuts[i + 1]!;
  }
  code += source.slice(at, place.end);
  return { code, identifiers: moveIdentifiers(place, cuts) };
}

function findCuts(source: string, place: FunctionPlace): Cuts {
  const { start, end } = place;
  const indent = indentOf(source, start);
  const doc = docstringRange(source, place);
  const cuts: Cuts = [];
  const cut = (from: number, to: number) => {
    const last = cuts.length - 1;
    if (to <= from) return;
    if (last > 0 && from <= cuts[last]!) cuts[last] = Math.max(cuts[last]!, to);
    else cuts.push(from, to);
  };
  let docIsDone = doc === undefined;
  const cutDoc = () => {
    if (!docIsDone) cut(doc!.from, Math.min(doc!.to, end));
    docIsDone = true;
  };
  for (let feed = source.indexOf("\n", start); feed >= 0 && feed < end; ) {
    if (doc !== undefined && feed >= doc.from) cutDoc();
    if (source[feed - 1] === "\r" && feed > start) cut(feed - 1, feed);
    if (indent !== "" && source.startsWith(indent, feed + 1)) {
      cut(feed + 1, Math.min(feed + 1 + indent.length, end));
    }
    feed = source.indexOf("\n", feed + 1);
  }
  cutDoc();
  return cuts;
}

/** The white space that the line of a place begins with. */
function indentOf(source: string, place: number): string {
  const lineStart = source.lastIndexOf("\n", place - 1) + 1;
  let end = lineStart;
  while (end < place && (source[end] === " " || source[end] === "\t")) end++;
  return source.slice(lineStart, end);
}

/** What goes with the docstring: its whole lines, or with other code on them a `;` and spaces. */
function docstringRange(source: string, { start, end, docStart, docEnd }: FunctionPlace) {
  if (docStart < start || docEnd > end || docEnd <= docStart) return undefined;
  let from = docStart;
  while (from > start && isBlank(source[from - 1]!)) from--;
  let to = docEnd;
  while (to < end && (isBlank(source[to]!) || source[to] === "\r" || source[to] === ";")) to++;
  const isFirst = from > start && source[from - 1] === "\n";
  if (isFirst && source[to] === "\n") return { from, to: to + 1 };
  return { from: docStart, to };
}

function isBlank(character: string): boolean {
  return character === " " || character === "\t";
}

/** Identifiers shifted by what was cut before them; those that a cut touches are left out. */
function moveIdentifiers({ start, identifiers }: FunctionPlace, cuts: Cuts): number[] {
  const moved: number[] = [];
  let shift = start;
  let next = 0;
  for (let i = 0; i < identifiers.length; i += 2) {
    const from = identifiers[i]!;
    const to = identifiers[i + 1]!;
    while (next < cuts.length && cuts[next + 1]! <= from) {
      shift += cuts[next + 1]! - cuts[next]!;
      next += 2;
    }
    if (next < cuts.length && cuts[next]! < to) continue;
    moved.push(from - shift, to - shift);
  }
  return moved;
}
