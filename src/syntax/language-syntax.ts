/** @file What the analysis must know of a language: plain data, one file per language in languages/. */

/** The 13 languages with a grammar, by the names labelled samples use. */
export type Language =
  | "c"
  | "cpp"
  | "csharp"
  | "go"
  | "java"
  | "javascript"
  | "kotlin"
  | "php"
  | "python"
  | "ruby"
  | "rust"
  | "swift"
  | "typescript";

export type FunctionKind = "function" | "method" | "constructor";

/** How a node that is a function shows its name and its body; children are direct ones. */
export interface FunctionForm {
  /** `function` turns into `method` when the nearest scope around it is a class. */
  readonly kind: FunctionKind;
  /** Node types of the name; the last such child before the first of `stops` is taken. */
  readonly names: readonly string[];
  readonly stops: readonly string[];
  /** Node types one of which must be a child: a declaration without a body is no function here. */
  readonly bodies?: readonly string[];
  /** C's nested declarators: entered from the node down to the innermost before the name is sought. */
  readonly declarators?: readonly string[];
}

/** Where documentation stands and how it is marked. */
export interface DocComments {
  /** A run of adjacent line comments, each starting with one of these, is one comment. */
  readonly lines: readonly string[];
  /** Openings of block comments. */
  readonly blocks: readonly string[];
  /** Openings that look like documentation and are not: `////`, `//go:`, an empty block. */
  readonly exceptions?: readonly string[];
  /** No blank line may stand between the comment and the function. */
  readonly isAdjacent?: boolean;
  /** What is left of the text once markers and leading stars are gone. */
  readonly markup: DocMarkup;
}

/** The conventions inside documentation text; see doc-text.ts. */
export type DocMarkup = "tags" | "xml" | "markdown" | "plain" | "docstring";

/** One language: everything that tells it from the others. */
export interface LanguageSyntax {
  /** Endings of file names, in lower case with the dot. */
  readonly extensions: readonly string[];
  /** Whole file names, e.g. `Rakefile`. */
  readonly fileNames?: readonly string[];
  /** Module specifiers of the grammars; the one with the fewest errors is taken, the first by choice. */
  readonly grammars: readonly string[];
  /** A fault of the grammar's WebAssembly file, mended in memory; see swift.ts. */
  readonly mend?: { readonly find: readonly number[]; readonly replace: readonly number[] };
  /** Leaf node types that are identifiers. */
  readonly identifiers: readonly string[];
  /** Words the language reserves although its grammar has them as identifiers in some places. */
  readonly reservedWords: readonly string[];
  readonly functions: Readonly<Record<string, FunctionForm>>;
  /** Node types of class bodies and the like: a function whose nearest scope this is, is a method. */
  readonly classes: readonly string[];
  /** Names that make a method a constructor. */
  readonly constructorNames?: readonly string[];
  readonly comments: readonly string[];
  /** Node types around a function that begin its declaration: its documentation stands before them. */
  readonly wrappers?: readonly string[];
  /** Siblings that may stand between documentation and function. */
  readonly attachments?: readonly string[];
  /** Literals whose parts are one token unless code is interpolated. */
  readonly literals: readonly string[];
  readonly docComments: DocComments;
}
