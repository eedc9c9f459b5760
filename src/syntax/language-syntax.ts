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
  /** The name is everything from this child to the stop, e.g. `operator +`. */
  readonly nameFrom?: string;
  /** Names of several parts: the last part counts, e.g. `c` of `a.b.c`. */
  readonly paths?: readonly string[];
  /** C's nested declarators: entered from the node down to the innermost before the name is sought. */
  readonly declarators?: readonly string[];
  /** An anonymous function counts when it is the value of such a node, which then holds the name. */
  readonly bindings?: readonly string[];
  /** Statements that count as the declaration when they hold one binding and nothing else. */
  readonly statements?: readonly string[];
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
  /** Module specifiers of the grammars, tried in turn while there are errors. */
  readonly grammars: readonly string[];
  /** A fault of the grammar's WebAssembly file, mended in memory; see swift.ts. */
  readonly mend?: { readonly find: readonly number[]; readonly replace: readonly number[] };
  /** Leaf node types that are identifiers. */
  readonly identifiers: readonly string[];
  /** Reserved words: no identifiers, although grammars have some of them as such. */
  readonly reservedWords: readonly string[];
  /**
   * Types of identifiers, or of nodes around them, where any word is a name: `map.delete`. There
   * only reserved words that include the character before count, e.g. `$this`.
   */
  readonly freeNames?: readonly string[];
  /** Identifier types with characters that are no part of the name, at the start and at the end. */
  readonly affixes?: Readonly<Record<string, readonly [before: number, after: number]>>;
  readonly functions: Readonly<Record<string, FunctionForm>>;
  /** Node types of class bodies and the like: a function whose nearest scope this is, is a method. */
  readonly classes: readonly string[];
  /** Types of the class's name beside the class body, where a constructor is named after it (C++). */
  readonly classNames?: readonly string[];
  /** Names that make a method a constructor. */
  readonly constructorNames?: readonly string[];
  readonly comments: readonly string[];
  /** Parsed ahead of source that is bare code, without `unless` (PHP). */
  readonly opening?: { readonly unless: RegExp; readonly text: string };
  /** What makes a whole file of a snippet, tried in turn while there are errors, e.g. a class around. */
  readonly wraps?: readonly (readonly [before: string, after: string])[];
  /** Node types around a function that begin its declaration: its documentation stands before them. */
  readonly wrappers?: readonly string[];
  /** Siblings that may stand between documentation and function. */
  readonly attachments?: readonly string[];
  /** Literals whose parts are one token unless code is interpolated. */
  readonly literals: readonly string[];
  readonly docComments: DocComments;
}
