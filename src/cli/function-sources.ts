/** @file What a verb about code works on: the functions of source files, or a text as it is. */
import type { Readable } from "node:stream";
import { readTextFile } from "../base/index.ts";
import {
  analyzeSource,
  type FunctionSpan,
  type Language,
  languageOfPath,
  loadGrammar,
} from "../syntax/index.ts";
import { lineCounter } from "./line-counter.ts";
import { readTexts } from "./text-input.ts";

/** One function, or a whole text in which none was found. */
export interface FunctionSource {
  /** undefined for standard input. */
  readonly file: string | undefined;
  readonly language: Language | undefined;
  /** "" for a whole text. */
  readonly name: string;
  /** Line it begins on, from 1. */
  readonly line: number;
  /** Without its documentation. */
  readonly code: string;
}

const maxBytes = 8 * 2 ** 20;

/**
 * Read files, or standard input when there is none. A function inside another is not one of its own here.
 * @throws DataError for a file that cannot be read or is not UTF-8
 */
export async function readFunctionSources(
  files: readonly string[],
  language: Language | undefined,
  stdin: Readable,
): Promise<FunctionSource[]> {
  if (files.length === 0) {
    const [text = ""] = await readTexts({ stdin, isByLine: false });
    return functionsOf(text, undefined, language);
  }
  const found: FunctionSource[] = [];
  for (const file of files) found.push(...(await functionsOfFile(file, language)));
  return found;
}

/** @throws DataError for a file that cannot be read or is not UTF-8 */
export async function functionsOfFile(
  file: string,
  language: Language | undefined,
): Promise<FunctionSource[]> {
  const text = readTextFile(file, maxBytes);
  return functionsOf(text, file, language ?? languageOfPath(file));
}

async function functionsOf(
  text: string,
  file: string | undefined,
  language: Language | undefined,
): Promise<FunctionSource[]> {
  const whole = { file, language, name: "", line: 1, code: text };
  if (language === undefined) return [whole];
  const { functions } = analyzeSource(await loadGrammar(language), text);
  const outermost = functions.filter(
    ({ start, end }) => !functions.some((other) => other.start < start && end <= other.end),
  );
  if (outermost.length === 0) return [whole];
  const lineOf = lineCounter(text);
  return outermost.map((span) => ({
    file,
    language,
    name: span.name,
    line: lineOf(span.start),
    code: withoutDocumentation(text, span),
  }));
}

function withoutDocumentation(
  text: string,
  { start, end, docStart, docEnd }: FunctionSpan,
): string {
  const isInside = docStart >= start && docEnd <= end;
  return isInside ? text.slice(start, docStart) + text.slice(docEnd, end) : text.slice(start, end);
}
