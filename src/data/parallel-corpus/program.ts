/**
 * @file Abstract programs: what a function does, in no language. Small on purpose: whatever is
 * argument or receiver is a name or a literal, so no language needs to know how operators bind.
 */

import { type Language, languageNames } from "../../syntax/index.ts";

/** The languages a program can be written in: all that have a grammar. */
export const corpusLanguages: readonly CorpusLanguage[] = languageNames;

/** One of the thirteen languages. */
export type CorpusLanguage = Language;

/** Something said per language; a language that is absent does not have it. */
export type PerLanguage<T> = Readonly<Partial<Record<CorpusLanguage, T>>>;

/** What a language calls a type of its libraries. */
export interface LibraryType {
  readonly library: PerLanguage<string>;
}

/** A small structure of its own, declared ahead of the function that uses it. */
export interface RecordDecl {
  readonly name: string;
  readonly fields: readonly Parameter[];
}

/** `choices` are constants to compare with, `texts` a list of values. */
export type Type =
  | "text"
  | "int"
  | "flag"
  | "texts"
  | "choices"
  | "void"
  | "request"
  | LibraryType
  | { readonly record: RecordDecl };

export interface Parameter {
  readonly name: string;
  readonly type: Type;
}

/** What every language offers, whatever it calls it. */
export type Operation =
  | "element"
  | "contains"
  | "lacks"
  | "matches"
  | "differs"
  | "below"
  | "reaches"
  | "longer"
  | "trim"
  | "lower"
  | "strip"
  | "clamp"
  | "setting"
  | "parse"
  | "add";

/**
 * A call of one language's library. `$0` an argument, `^0` the bare text of a literal argument, `@0`
 * something the function needs (a connection), `#0` a local name of its own, `$$` a dollar sign. A
 * value that ends in ` !` comes with an error beside it (Go).
 */
export type Template = string | { readonly setup: readonly string[]; readonly value: string };

/** A library call per language, each in one way or more. */
export type Api = PerLanguage<readonly Template[]>;

export type Name = { readonly kind: "name"; readonly name: string; readonly type: Type };
export type Text = { readonly kind: "text"; readonly value: string };

export type Expr =
  | Name
  | Text
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "concat"; readonly parts: readonly Expr[] }
  | { readonly kind: "format"; readonly parts: readonly Expr[] }
  | { readonly kind: "texts"; readonly items: readonly Expr[] }
  | { readonly kind: "choices"; readonly items: readonly Text[] }
  | { readonly kind: "make"; readonly record: RecordDecl; readonly values: readonly Expr[] }
  | { readonly kind: "field"; readonly of: Name; readonly field: Parameter }
  | {
      readonly kind: "call";
      readonly name: string;
      readonly args: readonly Expr[];
      readonly returns: Type;
      readonly canFail: boolean;
      readonly local: string;
    }
  | { readonly kind: "operation"; readonly name: Operation; readonly args: readonly Expr[] }
  | { readonly kind: "read"; readonly request: Name; readonly key: string; readonly way: number }
  | {
      readonly kind: "api";
      readonly api: Api;
      readonly variant: number;
      readonly args: readonly Expr[];
      readonly needs: readonly Name[];
      readonly returns: Type;
      readonly local: string;
      /** What a language does that does not list the call. */
      readonly otherwise?: Operation;
    };

export type Stmt =
  | { readonly kind: "let"; readonly name: Name; readonly value: Expr }
  | { readonly kind: "assign"; readonly name: Name; readonly value: Expr }
  | {
      readonly kind: "if";
      readonly test: Expr;
      readonly body: readonly Stmt[];
      readonly otherwise?: readonly Stmt[];
    }
  | {
      readonly kind: "each";
      readonly item: Name;
      readonly list: Name;
      readonly body: readonly Stmt[];
    }
  | { readonly kind: "log"; readonly message: string; readonly value?: Expr }
  | { readonly kind: "raise"; readonly message: string }
  | { readonly kind: "do"; readonly value: Expr }
  | {
      readonly kind: "return";
      readonly value?: Expr;
      /** Statements follow: a function without a result must say that it ends here. */
      readonly isEarly?: boolean;
    };

export interface FunctionDecl {
  /** Lower camel case, as are all names here; each language changes the case to its custom. */
  readonly name: string;
  readonly params: readonly Parameter[];
  readonly returns: Type;
  /** It may raise an error, where a language makes that part of the signature. */
  readonly canFail: boolean;
  readonly body: readonly Stmt[];
}

/** A sample's code: structures, then functions, in the order in which they appear. */
export interface Program {
  readonly records: readonly RecordDecl[];
  readonly functions: readonly FunctionDecl[];
}

export const nameOf = (name: string, type: Type): Name => ({ kind: "name", name, type });
export const text = (value: string): Text => ({ kind: "text", value });
export const int = (value: number): Expr => ({ kind: "int", value });
export const operation = (name: Operation, ...args: Expr[]): Expr => ({
  kind: "operation",
  name,
  args,
});
export const declare = (name: Name, value: Expr): Stmt => ({ kind: "let", name, value });
export const assign = (name: Name, value: Expr): Stmt => ({ kind: "assign", name, value });
export const when = (test: Expr, ...body: Stmt[]): Stmt => ({ kind: "if", test, body });
export const raise = (message: string): Stmt => ({ kind: "raise", message });
export const log = (message: string, value?: Expr): Stmt =>
  value === undefined ? { kind: "log", message } : { kind: "log", message, value };
