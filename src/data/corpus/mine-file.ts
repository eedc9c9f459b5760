/** @file One source file to the functions a corpus may hold. */
import type { FunctionSpan } from "../../syntax/index.ts";
import type { CorpusCounts } from "./counts.ts";
import { count } from "./counts.ts";
import { functionText } from "./function-text.ts";
import { isLicenseAllowed, spdxIdentifier } from "./license.ts";
import { replaceSecrets } from "./secrets.ts";
import type { CorpusSettings } from "./settings.ts";
import {
  countLines,
  hasNonPrintable,
  languageOfText,
  longestLine,
  readSourceText,
} from "./text-rules.ts";

/** What the parser tells of a function; offsets are UTF-16 units of the file's text. */
export type ParsedFunction = Omit<FunctionSpan, "name" | "kind">;

/** Parses one file; `isComplete` is false when it ran out of time. */
export type ParseSource = (
  language: string,
  text: string,
) => Promise<{ readonly isComplete: boolean; readonly functions: readonly ParsedFunction[] }>;

/** A function ready to be encoded. */
export interface MinedFunction {
  readonly code: string;
  readonly docstring: string;
  /** Start and end pairs, UTF-16 units of `code`. */
  readonly identifiers: readonly number[];
  /** Leaves of its syntax tree. */
  readonly numTokens: number;
  /** Bytes of the file, `[start, end)`. */
  readonly byteStart: number;
  readonly byteEnd: number;
}

/** A file's content on its way. */
export interface SourceContent {
  readonly name: string;
  /** What its name tells. */
  readonly language: string;
  readonly bytes: Uint8Array;
  /** What the folders around it say. */
  readonly license: string | undefined;
}

/** Functions of a file, the language it is in and the licence it is under. */
export interface MinedFile {
  readonly language: string;
  readonly license: string | undefined;
  readonly functions: readonly MinedFunction[];
}

/**
 * Take a file's functions. A function inside one that is kept is not taken again.
 * @param counts told everything that is left out
 * @returns undefined when nothing was taken
 */
export async function mineFile(
  { name, language: named, bytes, license: around }: SourceContent,
  settings: CorpusSettings,
  parse: ParseSource,
  counts: CorpusCounts,
): Promise<MinedFile | undefined> {
  const read = readSourceText(bytes);
  const license = "text" in read ? (spdxIdentifier(read.text) ?? around) : around;
  if ("reason" in read || !isLicenseAllowed(license, new Set(settings.licenses))) {
    count(counts.files, "reason" in read ? read.reason : "license");
    return undefined;
  }
  const language = languageOfText(name, named, read.text);
  const { isComplete, functions } = await parse(language, read.text);
  if (!isComplete) {
    count(counts.files, "parse-timeout");
    return undefined;
  }
  const kept: MinedFunction[] = [];
  let end = -1;
  for (const found of functions.toSorted((a, b) => a.start - b.start || b.end - a.end)) {
    const outcome = found.end <= end ? "nested" : takeFunction(read.text, found, settings, counts);
    if (typeof outcome === "string") {
      count(counts.functions, outcome);
      continue;
    }
    kept.push(outcome);
    end = found.end;
  }
  if (kept.length > 0) return { language, license, functions: kept };
  count(counts.files, "no-functions");
  return undefined;
}

function takeFunction(
  source: string,
  found: ParsedFunction,
  settings: CorpusSettings,
  counts: CorpusCounts,
): MinedFunction | string {
  if (found.hasError) return "syntax-error";
  if (found.numTokens < settings.minTokens) return "too-short";
  if (found.numTokens > settings.maxTokens) return "too-long";
  const { code, identifiers } = functionText(source, found);
  if (countLines(code) < settings.minLines) return "too-short";
  if (longestLine(code) > settings.maxLineLength) return "long-line";
  if (hasNonPrintable(code)) return "non-printable";
  const { numTokens, byteStart, byteEnd } = found;
  return {
    code: replaceSecrets(code, counts.secrets),
    docstring: takeDocstring(found.docstring, settings, counts),
    identifiers,
    numTokens,
    byteStart,
    byteEnd,
  };
}

/** Characters of documentation that are looked at; no limit on what is kept is larger. */
const maxDocstringRead = 60_000;
/** Fewer words tell nothing (CodeSearchNet, Husain et al. 2019, §2: at least three tokens). */
const minDocstringWords = 3;

function takeDocstring(
  docstring: string,
  { maxDocstringLength }: CorpusSettings,
  counts: CorpusCounts,
): string {
  const text = docstring.slice(0, maxDocstringRead).replace(/\r\n?/g, "\n").trim();
  if (text === "") return "";
  if (hasNonPrintable(text)) return dropped("non-printable", counts);
  const words = text.match(/[\p{L}\p{N}]+/gu) ?? [];
  if (words.length < minDocstringWords) return dropped("too-short", counts);
  const clean = replaceSecrets(text, counts.secrets);
  if (clean.length <= maxDocstringLength) return clean;
  count(counts.docstrings, "cut");
  return cutAtLine(clean, maxDocstringLength);
}

function dropped(reason: string, counts: CorpusCounts): "" {
  count(counts.docstrings, reason);
  return "";
}

/** The longest beginning that ends with a line; without any line end it is cut between characters. */
function cutAtLine(text: string, maxLength: number): string {
  const at = text.lastIndexOf("\n", maxLength);
  const beginning = text.slice(0, at > 0 ? at : maxLength).trimEnd();
  // never half a character
  return beginning.replace(/[\ud800-\udbff]$/, "");
}
