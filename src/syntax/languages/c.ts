/** @file C: Doxygen comments, plain ones as well when they stand right above the function. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

export const c: LanguageSyntax = {
  extensions: [".c", ".h"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-c.wasm"],
  identifiers: ["identifier", "field_identifier", "statement_identifier", "type_identifier"],
  reservedWords: words(
    "auto break case char const continue default do double else enum extern float for goto " +
      "if inline int long register restrict return short signed sizeof static struct switch " +
      "typedef union unsigned void volatile while _Alignas _Alignof _Atomic _Bool _Complex " +
      "_Generic _Imaginary _Noreturn _Static_assert _Thread_local",
  ),
  functions: {
    function_definition: {
      kind: "function",
      names: ["identifier"],
      stops: ["parameter_list"],
      bodies: ["compound_statement"],
      declarators: [
        "function_declarator",
        "pointer_declarator",
        "parenthesized_declarator",
        "attributed_declarator",
      ],
    },
  },
  classes: [],
  comments: ["comment"],
  wrappers: [],
  literals: ["string_literal", "char_literal", "system_lib_string"],
  docComments: {
    lines: ["//"],
    blocks: ["/*"],
    isAdjacent: true,
    markup: "tags",
  },
};
