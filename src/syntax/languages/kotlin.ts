/** @file Kotlin: KDoc. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

export const kotlin: LanguageSyntax = {
  extensions: [".kt", ".kts"],
  grammars: ["@tree-sitter-grammars/tree-sitter-kotlin/tree-sitter-kotlin.wasm"],
  identifiers: ["identifier", "label"],
  // `outer@`
  affixes: { label: [0, 1] },
  reservedWords: words(
    "as break class continue do else false for fun if in interface is null object package " +
      "return super this throw true try typealias typeof val var when while _",
  ),
  functions: {
    function_declaration: {
      kind: "function",
      names: ["identifier"],
      stops: ["function_value_parameters"],
      bodies: ["function_body"],
    },
    secondary_constructor: {
      kind: "constructor",
      names: ["constructor"],
      stops: ["function_value_parameters"],
      bodies: ["block"],
    },
  },
  wraps: [["class Wrap {\n", "\n}"]],
  classes: ["class_body", "enum_class_body"],
  comments: ["line_comment", "block_comment"],
  literals: ["string_literal", "multiline_string_literal", "character_literal"],
  docComments: { lines: [], blocks: ["/**"], exceptions: ["/**/"], markup: "tags" },
};
