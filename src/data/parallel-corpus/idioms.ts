/** @file What a language must say of itself to be written: one record per language, in languages/. */
import type { Casing } from "../sample/naming.ts";
import type { CorpusLanguage, Operation } from "./program.ts";

/** Part of a text that is put together: fixed, or a value already written. */
export type TextPart =
  | { readonly literal: string }
  | { readonly value: string; readonly isInt: boolean };

/** A function's head; the parameters are already a list in parentheses. */
export interface HeadText {
  readonly name: string;
  readonly params: string;
  /** Empty for a function without a result. */
  readonly returns: string;
  readonly canFail: boolean;
}

/** A new local variable. */
export interface LocalText {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly isMutable: boolean;
  readonly isList: boolean;
}

export interface FieldText {
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

/** How a request's parts are read: `$0` the key in quotes, `^0` the bare key, `@0` the request. */
interface RequestIdiom {
  /** Absent where a request is at hand without being passed. */
  readonly type?: string;
  readonly reads: readonly string[];
}

/** One language. Templates are those of `Template` in program.ts. */
export interface Idioms {
  /** Library calls that this language does not list are those of another one. */
  readonly inherits?: CorpusLanguage;
  readonly layout: "brace" | "allman" | "colon" | "end";
  readonly indent: string;
  readonly terminator: string;
  readonly functionCase: Casing;
  readonly variableCase: Casing;
  readonly fieldCase: Casing;
  readonly typeCase: Casing;
  /** Put before every variable. */
  readonly sigil?: string;
  readonly types: Readonly<Record<"text" | "int" | "flag" | "texts" | "choices", string>>;
  /** Types of parameters where they differ. */
  readonly parameterTypes?: Partial<Readonly<Record<"text" | "int" | "flag", string>>>;
  readonly parameter: (name: string, type: string) => string;
  readonly head: (head: HeadText) => string;
  readonly declare: (local: LocalText) => string;
  /** A text that a variable shall own, given one that it may only borrow. */
  readonly own?: (text: string) => string;
  /** A text passed to a function of ours. */
  readonly lend?: (text: string) => string;
  readonly concat: (parts: readonly TextPart[]) => string;
  readonly format: (parts: readonly TextPart[]) => string;
  readonly list: (items: readonly string[]) => string;
  /** As `list`, where constants are written in another way. */
  readonly choices?: (items: readonly string[]) => string;
  readonly record: {
    /** Lines of a declaration; absent where none is needed. */
    readonly declare?: (name: string, fields: readonly FieldText[]) => readonly string[];
    readonly make: (name: string, fields: readonly FieldText[]) => string;
    readonly get: (of: string, field: string) => string;
    /** The type of a variable of it; its name if absent. */
    readonly type?: (name: string) => string;
  };
  readonly ifHead: (test: string) => string;
  readonly eachHead: (item: string, list: string) => string;
  readonly log: (message: string, value?: { text: string; isInt: boolean }) => string;
  /** Stop with a quoted message; `returns` is the function's result type, for languages without exceptions. */
  readonly raise: (message: string, returns: string) => string;
  readonly give?: (value: string | undefined, canFail: boolean) => string;
  /** The last line of a function that may fail and has no result. */
  readonly finish?: string;
  /** A call of a function of ours that may fail. */
  readonly attempt?: (call: string) => string;
  /** Lines that take a result with an error beside it; `name` is absent when there is no result. */
  readonly check?: (name: string | undefined, value: string, returns: string) => readonly string[];
  readonly request: RequestIdiom;
  readonly operations: Readonly<Record<Operation, string>>;
}

/** Text in double quotes; the texts drawn hold nothing that a language reads as more. */
export const quote = (text: string): string => JSON.stringify(text);

/** Parts with a sign between them. */
export const joined =
  (sign: string) =>
  (parts: readonly TextPart[]): string =>
    parts.map((part) => ("literal" in part ? quote(part.literal) : part.value)).join(` ${sign} `);

/** A text in quotes with its values inside, each written by `hole`. */
export const interpolated =
  (open: string, close: string, hole: (value: string) => string) =>
  (parts: readonly TextPart[]): string => {
    const inside = parts.map((part) =>
      "literal" in part ? quote(part.literal).slice(1, -1) : hole(part.value),
    );
    return `${open}${inside.join("")}${close}`;
  };

/** A call with a pattern and the values after it. */
export const patterned =
  (callee: string, hole: (isInt: boolean) => string) =>
  (parts: readonly TextPart[]): string => {
    const pattern = parts.map((part) => ("literal" in part ? part.literal : hole(part.isInt)));
    const values = parts.flatMap((part) => ("literal" in part ? [] : [part.value]));
    return `${callee}(${[quote(pattern.join("")), ...values].join(", ")})`;
  };
