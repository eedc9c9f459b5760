/** @file What a language must say to be rendered: one record per language, no code outside it branches on a name. */
import type { Casing } from "./naming.ts";
import type {
  BasicType,
  BinaryOp,
  FunctionDecl,
  LibraryOp,
  QueryEnd,
  Template,
} from "./program.ts";

/** A rendered expression and how tightly its outermost operator binds. */
export interface Rendered {
  readonly text: string;
  readonly precedence: number;
}

/** Binding strengths shared by the languages; a language may place its own operators between them. */
export const precedence = {
  lambda: 0,
  conditional: 1,
  or: 2,
  and: 3,
  not: 4,
  equality: 5,
  comparison: 6,
  sum: 7,
  product: 8,
  prefix: 9,
  primary: 10,
} as const;

/** An infix operator: its sign and its binding strength. */
export type Infix = readonly [sign: string, precedence: number];

/** A query whose parts are already text; `where` and `select` speak of `item`. */
export interface QueryText {
  readonly source: string;
  readonly item: string;
  readonly where?: string;
  readonly select?: Rendered;
  readonly end: QueryEnd;
  /** A quoted text; the empty text unless the query ends in `join`. */
  readonly separator: string;
}

/** A text with holes: literal parts and rendered values alternate in reading order. */
export type FormatText = string | { readonly value: Rendered; readonly type: "int" | "str" };

/** A counting loop; `limit` is the first value that is no longer visited, `last` the bound as written. */
export interface RangeText {
  readonly item: string;
  readonly from: string;
  readonly to: string;
  readonly limit: string;
  readonly inclusive: boolean;
}

/** A function's head, types and names already written in the language's way. */
export interface SignatureText {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly type: string }[];
  readonly returns: string;
  readonly role: FunctionDecl["role"];
  readonly raises: FunctionDecl["raises"];
}

/** A new local variable; `fresh` when its value is an empty collection, which names the type already. */
export interface DeclareText {
  readonly name: string;
  readonly type: string;
  readonly value: string;
  readonly isMutable: boolean;
  readonly isFresh: boolean;
}

/**
 * One language. `layout` says how blocks look: `brace` opens on the header's line, `allman` on its
 * own line, `colon` shows blocks by indentation alone (and so cannot be written on one line).
 */
export interface Language {
  readonly layout: "brace" | "allman" | "colon";
  readonly indent: string;
  /** What ends a statement. */
  readonly terminator: string;
  readonly functionCase: Casing;
  readonly variableCase: Casing;
  readonly types: Readonly<Record<BasicType, string>>;
  readonly literals: {
    readonly true: string;
    readonly false: string;
    readonly null: string;
    readonly self: string;
    readonly charQuote: string;
  };
  /** An access to a field of the current object; `$0` is its name. */
  readonly field: string;
  /** The database library's place for a bound value; `$0` is the parameter's name. */
  readonly sqlParameter: string;
  readonly operators: Readonly<Record<BinaryOp, Infix>>;
  readonly not: Infix;
  readonly conditional: Template;
  readonly library: Readonly<Record<LibraryOp, Template>>;
  /** Shorter ways to deny a library call than the not operator. */
  readonly negated: Partial<Readonly<Record<LibraryOp, Template>>>;
  readonly empty: (type: string) => string;
  readonly format: (parts: readonly FormatText[]) => string;
  readonly query: (query: QueryText) => Rendered;
  readonly declare: (local: DeclareText) => string;
  /** Add one to `$0`. */
  readonly increment: string;
  /** Stop with the quoted message `$0`. */
  readonly raise: string;
  readonly headers: {
    readonly if: string;
    readonly elseIf: string;
    readonly else: string;
    readonly while: string;
    readonly range: (loop: RangeText) => string;
    readonly each: (loop: { item: string; type: string; source: string }) => string;
    readonly signature: (signature: SignatureText) => string;
  };
}

/** Operators as C and its heirs write and rank them. */
export const cOperators: Readonly<Record<BinaryOp, Infix>> = {
  add: ["+", precedence.sum],
  sub: ["-", precedence.sum],
  concat: ["+", precedence.sum],
  mul: ["*", precedence.product],
  mod: ["%", precedence.product],
  eq: ["==", precedence.equality],
  ne: ["!=", precedence.equality],
  lt: ["<", precedence.comparison],
  le: ["<=", precedence.comparison],
  gt: [">", precedence.comparison],
  ge: [">=", precedence.comparison],
  and: ["&&", precedence.and],
  or: ["||", precedence.or],
};

/** Block headers as C and its heirs write them, without loops over collections. */
export const cHeaders = {
  if: "if ($0)",
  elseIf: "else if ($0)",
  else: "else",
  while: "while ($0)",
} as const;

/** `for (int i = 0; i < n; i++)`, with the language's word for the counter's type. */
export const cRange =
  (word: string) =>
  ({ item, from, to, inclusive }: RangeText): string =>
    `for (${word} ${item} = ${from}; ${item} ${inclusive ? "<=" : "<"} ${to}; ${item}++)`;

/** Text in double quotes, escaped as C, Java, Python and JavaScript agree. */
export const quote = (text: string): string => JSON.stringify(text);

/** The text, in parentheses unless it binds at least this tightly. */
export const wrap = (value: Rendered, atLeast: number): string =>
  value.precedence >= atLeast ? value.text : `(${value.text})`;

/** A primary expression: a name, a literal, a call. */
export const primary = (text: string): Rendered => ({ text, precedence: precedence.primary });
