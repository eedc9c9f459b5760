/** @file Takes out of a code what tells its label: comments, docstrings, names. */
import { analyzeSource, type Grammar, type LeafTokens, leafTokens } from "../../syntax/index.ts";
import { keptNames, mayTell, tells, withoutWords } from "./label-words.ts";

/** What became of a code. */
export interface Stripped {
  readonly code: string;
  readonly numComments: number;
  /** Names that were replaced. */
  readonly renamed: readonly string[];
  /** Names of libraries that hold such words and stayed. */
  readonly kept: readonly string[];
}

/** How to strip. */
export interface StripOptions {
  readonly kind: "template" | "commits";
  /** The function's own name, replaced whatever it is. */
  readonly name?: string;
}

/** What a function is called whose name told its label. */
const neutralName = "process";

/** How a comment begins, in any of the languages. */
const comment = /^(?:\/\/|\/\*|#|<!--|--|=begin)/;

/** A comment may be anywhere in it; else there is none, and nothing to parse for. */
const anyComment = /\/\/|\/\*|#|<!--|--|=begin/;

/** Strip a code; without a grammar it stays as it is. */
export function stripHints(
  code: string,
  grammar: Grammar | undefined,
  options: StripOptions,
): Stripped {
  const plain = withoutMargin(code);
  if (grammar === undefined) return { code: plain, numComments: 0, renamed: [], kept: [] };
  const text = withoutDocstrings(plain, grammar);
  const isNeeded =
    options.name !== undefined || anyComment.test(text) || mayTell(text, options.kind);
  if (!isNeeded) return { code: tidy(text), numComments: 0, renamed: [], kept: [] };
  // parsing is what takes the time of an import: once for comments and names
  const leaves = leafTokens(grammar, text);
  if (!leaves.isComplete) return { code: tidy(text), numComments: 0, renamed: [], kept: [] };
  const { replacements, kept } = neutralNames(text, leaves, options);
  const stripped = withoutComments(text, leaves, replacements);
  const renamed = [...replacements.keys()];
  return { code: tidy(stripped.text), numComments: stripped.numComments, renamed, kept };
}

/** Methods cut out of a class keep their margin; a parser takes it for an error in some languages. */
function withoutMargin(code: string): string {
  const lines = code
    .replace(/\r\n?/g, "\n")
    .replace(/^\n+|\s+$/g, "")
    .split("\n");
  const margin = /^[ \t]*/.exec(lines[0]!)![0];
  if (margin === "") return lines.join("\n");
  return lines
    .map((line) => (line.startsWith(margin) ? line.slice(margin.length) : line))
    .join("\n");
}

function withoutDocstrings(code: string, grammar: Grammar): string {
  if (grammar.syntax.docComments.markup !== "docstring") return code;
  if (!/:[^\S\n]*(?:#.*)?\n(?:\s*#.*\n)*\s*\w?["']/.test(code)) return code;
  const { functions } = analyzeSource(grammar, code);
  let text = code;
  for (const { docStart, docEnd, end } of [...functions].reverse()) {
    if (docEnd <= docStart) continue;
    // a body of nothing but its documentation must stay a body
    const isAlone = code.slice(docEnd, end).trim() === "";
    text = text.slice(0, docStart) + (isAlone ? "pass" : "") + text.slice(docEnd);
  }
  return text;
}

function withoutComments(
  code: string,
  { ranges, isIdentifier }: LeafTokens,
  replacements: ReadonlyMap<string, string>,
): { text: string; numComments: number } {
  const pieces: string[] = [];
  let numComments = 0;
  let position = 0;
  const close = (until: number) => {
    const gap = code.slice(position, until);
    const isComment = comment.test(gap.trimStart());
    if (isComment) numComments += 1;
    pieces.push(isComment ? (gap.includes("\n") ? `\n${marginBefore(code, until)}` : " ") : gap);
  };
  for (let i = 0; i < isIdentifier.length; i += 1) {
    const [start, end] = [ranges[2 * i]!, ranges[2 * i + 1]!];
    if (start < position) continue;
    close(start);
    const token = code.slice(start, end);
    pieces.push(isIdentifier[i] === 1 ? (replacements.get(token) ?? token) : token);
    position = end;
  }
  close(code.length);
  return { text: pieces.join(""), numComments };
}

/** White space between the beginning of a line and a place in it. */
function marginBefore(code: string, at: number): string {
  const margin = code.slice(code.lastIndexOf("\n", at - 1) + 1, at);
  return /^[ \t]*$/.test(margin) ? margin : "";
}

function neutralNames(
  code: string,
  { ranges, isIdentifier }: LeafTokens,
  { kind, name }: StripOptions,
): { replacements: Map<string, string>; kept: string[] } {
  const replacements = new Map<string, string>();
  const kept: string[] = [];
  if (name === undefined && !mayTell(code, kind)) return { replacements, kept };
  const names = new Set<string>();
  for (let i = 0; i < isIdentifier.length; i += 1) {
    if (isIdentifier[i] === 1) names.add(code.slice(ranges[2 * i], ranges[2 * i + 1]));
  }
  for (const one of names) {
    if (one !== name && !tells(one, kind)) continue;
    if (one !== name && keptNames.has(one)) {
      kept.push(one);
      continue;
    }
    const wanted = one === name ? neutralName : withoutWords(one, kind) || "item";
    replacements.set(one, freeName(wanted, names, replacements));
  }
  return { replacements, kept };
}

function freeName(
  wanted: string,
  names: ReadonlySet<string>,
  replacements: ReadonlyMap<string, string>,
): string {
  const taken = new Set(replacements.values());
  let name = wanted;
  for (let k = 2; names.has(name) || taken.has(name); k += 1) name = `${wanted}${k}`;
  return name;
}

/** No white space at line ends, no more than one empty line in a row. */
function tidy(code: string): string {
  return code
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\s+$/g, "");
}
