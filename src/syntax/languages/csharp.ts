/** @file C#: XML documentation. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

const bodies = ["block", "arrow_expression_clause"];
const stops = ["parameter_list", ...bodies];

export const csharp: LanguageSyntax = {
  extensions: [".cs", ".csx"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-c_sharp.wasm"],
  identifiers: ["identifier"],
  reservedWords: words(
    "_ abstract as base bool break byte case catch char checked class const continue " +
      "decimal default delegate do double dynamic else enum event explicit extern false " +
      "finally fixed float for foreach global goto if implicit in int interface internal is " +
      "lock long nameof namespace new null object operator out override params private " +
      "protected public readonly ref return sbyte sealed short sizeof stackalloc static " +
      "string struct switch this throw true try typeof uint ulong unchecked unsafe ushort " +
      "using var virtual void volatile while",
  ),
  functions: {
    method_declaration: { kind: "method", names: ["identifier"], stops, bodies },
    local_function_statement: { kind: "function", names: ["identifier"], stops, bodies },
    constructor_declaration: { kind: "constructor", names: ["identifier"], stops, bodies },
    destructor_declaration: { kind: "method", names: [], nameFrom: "~", stops, bodies },
    operator_declaration: { kind: "method", names: [], nameFrom: "operator", stops, bodies },
    conversion_operator_declaration: {
      kind: "method",
      names: [],
      nameFrom: "operator",
      stops,
      bodies,
    },
  },
  wraps: [["class Wrap {\n", "\n}"]],
  classes: ["declaration_list"],
  comments: ["comment"],
  attachments: ["attribute_list"],
  literals: [
    "string_literal",
    "verbatim_string_literal",
    "raw_string_literal",
    "character_literal",
    "interpolated_string_expression",
  ],
  docComments: { lines: ["///"], blocks: ["/**"], exceptions: ["////", "/**/"], markup: "xml" },
};
