/** @file What an importer reads and what it hands over: drafts, before anything is stripped of them. */
import type { Grammar, Language } from "../../syntax/index.ts";

/** A sample as a data set has it. */
export interface Draft {
  /** Any spelling. */
  readonly language: string;
  readonly code: string;
  readonly label: 0 | 1;
  readonly cwe: string | null;
  /** The function's name, when it says which label it has: replaced by a neutral one. */
  readonly name?: string;
  readonly pair: string | null;
  readonly group: string;
  /** As the data set writes it. */
  readonly date?: string;
}

/** What an importer may use. */
export interface ImportContext {
  /** A folder, or the file itself. */
  readonly folder: string;
  /** The language of samples whose data set does not tell. */
  readonly language?: string;
  /** For tables: which column holds which field of a sample. */
  readonly columns: Readonly<Record<string, string>>;
  /** Of the importer's languages. */
  readonly grammars: ReadonlyMap<string, Grammar>;
  add(draft: Draft): void;
  /** Count something that is left out. */
  drop(reason: string): void;
}

/** One data set's layout. */
export interface Importer {
  readonly summary: string;
  /** What must be there, in words, for errors and help. */
  readonly layout: string;
  /** Languages that may occur. */
  readonly languages: readonly Language[];
  /**
   * `template`: written to show a weakness, names may say so anywhere. `commits`: taken from real
   * repositories, where words such as `safe` are part of the code.
   */
  readonly kind: "template" | "commits";
  readonly read: (context: ImportContext) => Promise<void>;
}

/** `CWE-89` from `cwe-089`, `CWE89`, `89` or a list of such; null when there is none. */
export function cweOf(value: unknown): string | null {
  const text = Array.isArray(value)
    ? value.join(" ")
    : typeof value === "string"
      ? value
      : String(value ?? "");
  const match = /cwe[-_ ]?0*(\d{1,5})/i.exec(text) ?? /^\s*0*(\d{1,5})\s*$/.exec(text);
  return match === null ? null : `CWE-${match[1]}`;
}

/** A label however it is written; undefined when it is none. */
export function labelOf(value: unknown): 0 | 1 | undefined {
  const text = String(value).trim().toLowerCase();
  if (["1", "1.0", "true", "yes", "vulnerable", "vul", "bad", "positive"].includes(text)) return 1;
  if (["0", "0.0", "false", "no", "safe", "benign", "good", "fixed", "negative"].includes(text))
    return 0;
  return undefined;
}

/** A field that must be a text with something in it; undefined when it is not. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
