/** @file From source to its functions, their documentation, identifiers and tokens. */
import { byteOffsets } from "./byte-offsets.ts";
import { type FoundFunction, findFunctions } from "./functions.ts";
import type { Grammar } from "./grammar.ts";
import type { FunctionKind } from "./language-syntax.ts";
import { collectLeaves, firstPairFrom, identifiersOf, type LeafTokens } from "./leaves.ts";
import { type ParsedSource, parseSource } from "./parse.ts";

/** A function or method with a body. Ranges are UTF-16 offsets [start, end) into the source. */
export interface FunctionSpan {
  readonly name: string;
  readonly kind: FunctionKind;
  readonly start: number;
  readonly end: number;
  /** The same range in bytes of UTF-8. */
  readonly byteStart: number;
  readonly byteEnd: number;
  /** The descriptive part of its documentation, "" when there is none. */
  readonly docstring: string;
  /** Where the documentation stands, markers included; an empty range when there is none. */
  readonly docStart: number;
  readonly docEnd: number;
  /** The parser had to mend something inside. */
  readonly hasError: boolean;
  /** Leaf tokens, comments and docstrings left out; a literal without interpolation is one. */
  readonly numTokens: number;
  /** start, end pairs in source coordinates, ascending. */
  readonly identifiers: Int32Array;
}

/** What was found in a source. */
export interface SourceAnalysis {
  readonly hasError: boolean;
  /** In order of their starts; a function inside another is one of its own. */
  readonly functions: readonly FunctionSpan[];
  /** False: too long, or out of time; then there are no functions. */
  readonly isComplete: boolean;
}

const empty: SourceAnalysis = { hasError: true, functions: [], isComplete: false };

/**
 * Parse a source and find its functions. Never throws on bad source: what parses is found.
 * Bounded: sources over 2 Mi UTF-16 units are not parsed, nor is one parsed for longer than the
 * time allowed; both give `isComplete: false`. Lambdas and anonymous functions do not count.
 * @param options.timeoutMs milliseconds for the parse, 10,000 by default
 */
export function analyzeSource(
  grammar: Grammar,
  source: string,
  options: { readonly timeoutMs?: number } = {},
): SourceAnalysis {
  const parsed = parseSource(grammar, source, options);
  if (parsed === undefined) return empty;
  const found = findFunctions(grammar, parsed, source);
  const docNodes = new Set(found.map(({ docNode }) => docNode));
  const leaves = collectLeaves(grammar, parsed, source, docNodes);
  return {
    hasError: parsed.hasError,
    functions: spans(found, leaves, parsed, source),
    isComplete: true,
  };
}

function spans(
  found: readonly FoundFunction[],
  leaves: LeafTokens,
  parsed: ParsedSource,
  source: string,
): FunctionSpan[] {
  const identifiers = identifiersOf(leaves);
  const errors = Int32Array.from(parsed.nodes.errors);
  const bytes = byteOffsets(
    source,
    found.flatMap(({ start, end }) => [start, end]),
  );
  const countIn = (pairs: Int32Array, start: number, end: number) =>
    firstPairFrom(pairs, end) - firstPairFrom(pairs, start);
  return found.map(({ name, kind, start, end, docstring }) => {
    const first = firstPairFrom(identifiers, start);
    return {
      name,
      kind,
      start,
      end,
      byteStart: bytes.get(start)!,
      byteEnd: bytes.get(end)!,
      docstring: docstring?.text ?? "",
      docStart: docstring?.start ?? start,
      docEnd: docstring?.end ?? start,
      hasError: countIn(errors, start, end) > 0,
      numTokens: countIn(leaves.ranges, start, end),
      identifiers: identifiers.subarray(2 * first, 2 * firstPairFrom(identifiers, end)),
    };
  });
}

/** Identifiers of a text. */
export interface Identifiers {
  readonly hasError: boolean;
  /** False: the source is too long, or the time was up; then there are none. */
  readonly isComplete: boolean;
  /** start, end pairs of UTF-16 offsets, ascending. */
  readonly identifiers: Int32Array;
}

/**
 * The identifiers of any text, whole file or snippet: leaves of the grammar's identifier types,
 * reserved words left out, every occurrence, scope-blind. Wang et al. 2021 (CodeT5) §4.1.
 * @param options.timeoutMs as for `analyzeSource`, with the same bounds
 */
export function extractIdentifiers(
  grammar: Grammar,
  source: string,
  options: { readonly timeoutMs?: number } = {},
): Identifiers {
  const leaves = leafTokens(grammar, source, options);
  const { hasError, isComplete } = leaves;
  return { hasError, isComplete, identifiers: identifiersOf(leaves) };
}

/** The leaf tokens of any text, whole file or snippet; bounds as for `analyzeSource`. */
export function leafTokens(
  grammar: Grammar,
  source: string,
  options: { readonly timeoutMs?: number } = {},
): LeafTokens {
  const parsed = parseSource(grammar, source, { ...options, isSnippet: true });
  if (parsed !== undefined) return collectLeaves(grammar, parsed, source);
  const none = { ranges: new Int32Array(0), isIdentifier: new Uint8Array(0) };
  return { hasError: true, isComplete: false, ...none };
}
