/**
 * @file The abstract program: a small tree of functions, statements and expressions that every
 * language renders, with constructors short enough to write programs in.
 */

/** The languages a program can be rendered in; a new one adds a name here and the compiler lists the rest. */
export const sampleLanguages = ["java", "csharp", "python", "javascript"] as const;

/** A language name of the labelled-sample contract (design.md §3) that the generator can write. */
export type SampleLanguage = (typeof sampleLanguages)[number];

/** One text per language: a type's name, or a call of the language's usual library. */
export type PerLanguage<T> = Readonly<Record<SampleLanguage, T>>;

/** Types every language has a word for. */
export type BasicType =
  | "void"
  | "int"
  | "bool"
  | "str"
  | "char"
  | "intList"
  | "strList"
  | "intMap"
  | "strMap"
  | "strSet";

/** A basic type, a class named by the program (`{ object }`), or a library type named per language. */
export type Type =
  | BasicType
  | { readonly object: string }
  | { readonly library: PerLanguage<string> };

export type BinaryOp =
  | "add"
  | "sub"
  | "mul"
  | "mod"
  | "concat"
  | "eq"
  | "ne"
  | "lt"
  | "le"
  | "gt"
  | "ge"
  | "and"
  | "or";

/** Operations of the abstract standard library; those marked `!` stand alone as statements. */
export type LibraryOp =
  | "str.length"
  | "str.isEmpty"
  | "str.upper"
  | "str.lower"
  | "str.trim"
  | "str.contains"
  | "str.startsWith"
  | "str.endsWith"
  | "str.replace"
  | "str.split"
  | "str.charAt"
  | "str.chars"
  | "str.equals"
  | "str.reverse"
  | "char.isDigit"
  | "char.isUpper"
  | "int.toStr"
  | "int.parse"
  | "int.abs"
  | "int.max"
  | "int.min"
  | "int.div"
  | "list.length"
  | "list.isEmpty"
  | "list.get"
  | "list.contains"
  | "list.add!"
  | "list.sort!"
  | "list.reverse!"
  | "list.join"
  | "map.has"
  | "map.get"
  | "map.getOr"
  | "map.put!"
  | "map.keys"
  | "set.length"
  | "set.has"
  | "set.add!"
  | "isNull"
  | "log!";

/**
 * How one language writes a call: `$0`, `$1` are arguments and `#0`, `#1` names of local variables.
 * A bare string is a primary expression (a call, an index); an operator states its precedence.
 */
export interface Idiom {
  /** Statements that must come first; the call may then only be a whole statement's value. */
  readonly setup?: readonly string[];
  readonly value: string;
  readonly precedence?: number;
  /** How tightly arguments must bind where the text around them is an operator, not a delimiter. */
  readonly inside?: number;
}

/** An idiom, or only its value. */
export type Template = string | Idiom;

/** How a query over a list ends; `join` takes a separator. */
export type QueryEnd = "toList" | "sum" | "count" | "any" | "all" | "join";

/** Filter, map and reduce over a list: streams, LINQ, comprehensions, array methods. */
export interface Query {
  readonly kind: "query";
  readonly source: Expr;
  readonly item: string;
  readonly where?: Expr;
  readonly select?: Expr;
  readonly end: QueryEnd;
  readonly separator?: string;
}

/** A call whose rendering the caller brings along, one column per language. */
export interface ApiCall {
  readonly kind: "api";
  readonly api: PerLanguage<readonly Template[]>;
  /** Which of a language's equivalent ways to use, modulo their number. */
  readonly variant: number;
  readonly args: readonly Expr[];
  /** Names for the template's own local variables. */
  readonly locals: readonly string[];
}

export type Expr =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "char"; readonly value: string }
  | { readonly kind: "null" }
  /** `parameter`: the `?` in the text is where the language's database library binds this name. */
  | { readonly kind: "str"; readonly value: string; readonly parameter?: string }
  | { readonly kind: "var"; readonly name: string }
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "this" }
  | { readonly kind: "empty"; readonly type: Type }
  | {
      readonly kind: "binary";
      readonly op: BinaryOp;
      readonly left: Expr;
      readonly right: Expr;
    }
  | { readonly kind: "not"; readonly value: Expr }
  | {
      readonly kind: "choose";
      readonly test: Expr;
      readonly yes: Expr;
      readonly no: Expr;
    }
  | { readonly kind: "library"; readonly op: LibraryOp; readonly args: readonly Expr[] }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Expr[] }
  | { readonly kind: "format"; readonly parts: readonly (string | FormatHole)[] }
  | Query
  | ApiCall;

/** A value printed inside a text. */
export interface FormatHole {
  readonly value: Expr;
  readonly type: "int" | "str";
}

export interface Clause {
  readonly test: Expr;
  readonly body: readonly Stmt[];
}

export type Stmt =
  | { readonly kind: "let"; readonly name: string; readonly type: Type; readonly value: Expr }
  | {
      readonly kind: "assign";
      readonly target: Expr;
      readonly op?: "add" | "sub" | "mul" | "concat";
      readonly value: Expr;
    }
  | { readonly kind: "do"; readonly value: Expr }
  | {
      readonly kind: "if";
      readonly clauses: readonly Clause[];
      readonly otherwise?: readonly Stmt[];
    }
  | {
      readonly kind: "range";
      readonly item: string;
      readonly from: Expr;
      readonly to: Expr;
      readonly inclusive: boolean;
      readonly body: readonly Stmt[];
    }
  | {
      readonly kind: "each";
      readonly item: string;
      readonly type: Type;
      readonly source: Expr;
      readonly body: readonly Stmt[];
    }
  | { readonly kind: "while"; readonly test: Expr; readonly body: readonly Stmt[] }
  | { readonly kind: "return"; readonly value?: Expr }
  | { readonly kind: "raise"; readonly message: string }
  | { readonly kind: "break" }
  | { readonly kind: "continue" };

export interface Parameter {
  readonly name: string;
  readonly type: Type;
}

export interface FunctionDecl {
  /** Lower camel case, as are all names here; each language changes the case to its custom. */
  readonly name: string;
  readonly params: readonly Parameter[];
  readonly returns: Type;
  readonly body: readonly Stmt[];
  /** `function` stands alone, `helper` is private to its sample, `method` reads and writes fields. */
  readonly role: "function" | "helper" | "method";
  /** The failure a language with checked exceptions must declare. */
  readonly raises?: "database" | "io" | "any";
}

export const int = (value: number): Expr => ({ kind: "int", value });
export const char = (value: string): Expr => ({ kind: "char", value });
export const str = (value: string): Expr => ({ kind: "str", value });
export const nothing: Expr = { kind: "null" };
export const self: Expr = { kind: "this" };
export const variable = (name: string): Expr => ({ kind: "var", name });
export const field = (name: string): Expr => ({ kind: "field", name });
export const empty = (type: Type): Expr => ({ kind: "empty", type });
export const binary = (op: BinaryOp, left: Expr, right: Expr): Expr => ({
  kind: "binary",
  op,
  left,
  right,
});
export const choose = (test: Expr, yes: Expr, no: Expr): Expr => ({
  kind: "choose",
  test,
  yes,
  no,
});
export const lib = (op: LibraryOp, ...args: Expr[]): Expr => ({ kind: "library", op, args });
export const call = (name: string, ...args: Expr[]): Expr => ({ kind: "call", name, args });
export const format = (...parts: (string | FormatHole)[]): Expr => ({ kind: "format", parts });

const opposite: Partial<Record<BinaryOp, BinaryOp>> = {
  eq: "ne",
  ne: "eq",
  lt: "ge",
  ge: "lt",
  gt: "le",
  le: "gt",
};

/** Logical negation; a comparison turns into its opposite, a double negation vanishes. */
export function not(value: Expr): Expr {
  if (value.kind === "not") return value.value;
  const flipped = value.kind === "binary" ? opposite[value.op] : undefined;
  if (value.kind === "binary" && flipped !== undefined) return { ...value, op: flipped };
  return { kind: "not", value };
}

/** Texts joined by `+`, left to right. */
export const concat = (first: Expr, ...rest: Expr[]): Expr =>
  rest.reduce((left, right) => binary("concat", left, right), first);

export const declare = (name: string, type: Type, value: Expr): Stmt => ({
  kind: "let",
  name,
  type,
  value,
});
export const assign = (target: Expr, value: Expr): Stmt => ({ kind: "assign", target, value });
export const update = (op: "add" | "sub" | "mul" | "concat", target: Expr, value: Expr): Stmt => ({
  kind: "assign",
  op,
  target,
  value,
});
export const perform = (value: Expr): Stmt => ({ kind: "do", value });
export const when = (test: Expr, ...body: Stmt[]): Stmt => ({
  kind: "if",
  clauses: [{ test, body }],
});
export const each = (item: string, type: Type, source: Expr, ...body: Stmt[]): Stmt => ({
  kind: "each",
  item,
  type,
  source,
  body,
});
/** Count up from `from` to `to`, without `to` unless `inclusive`. */
export const range = (
  item: string,
  from: Expr,
  to: Expr,
  inclusive: boolean,
  ...body: Stmt[]
): Stmt => ({ kind: "range", item, from, to, inclusive, body });
export const repeatWhile = (test: Expr, ...body: Stmt[]): Stmt => ({ kind: "while", test, body });
export const give = (value?: Expr): Stmt =>
  value === undefined ? { kind: "return" } : { kind: "return", value };
export const raise = (message: string): Stmt => ({ kind: "raise", message });
