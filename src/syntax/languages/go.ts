/** @file Go: the comment right above a function documents it, directives excepted. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

export const go: LanguageSyntax = {
  extensions: [".go"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-go.wasm"],
  identifiers: [
    "identifier",
    "field_identifier",
    "label_name",
    "package_identifier",
    "type_identifier",
  ],
  // with the predeclared types: what other grammars call primitive types, Go's calls type identifiers
  reservedWords: words(
    "_ break case chan const continue default defer else fallthrough for func go goto if " +
      "import interface map package range return select struct switch type var any bool byte " +
      "comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune " +
      "string uint uint8 uint16 uint32 uint64 uintptr",
  ),
  // statements need their line break
  wraps: [["", "\n"]],
  functions: {
    function_declaration: {
      kind: "function",
      names: ["identifier"],
      stops: ["type_parameter_list", "parameter_list"],
      bodies: ["block"],
    },
    method_declaration: {
      kind: "method",
      names: ["field_identifier"],
      stops: ["block"],
      bodies: ["block"],
    },
  },
  classes: [],
  comments: ["comment"],
  literals: ["interpreted_string_literal", "raw_string_literal", "rune_literal"],
  docComments: {
    lines: ["//"],
    blocks: ["/*"],
    exceptions: ["//go:", "//nolint", "//export ", "//line "],
    isAdjacent: true,
    markup: "plain",
  },
};
