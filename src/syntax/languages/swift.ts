/** @file Swift: DocC comments. */
import type { LanguageSyntax } from "../language-syntax.ts";

export const swift: LanguageSyntax = {
  extensions: [".swift"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-swift.wasm"],
  identifiers: ["simple_identifier", "type_identifier"],
  reservedWords: ["self", "Self", "super", "_"],
  functions: {
    function_declaration: {
      kind: "function",
      names: ["simple_identifier", "custom_operator", "referenceable_operator"],
      stops: ["(", "type_parameters"],
      bodies: ["function_body"],
    },
    init_declaration: {
      kind: "constructor",
      names: ["init"],
      stops: ["("],
      bodies: ["function_body"],
    },
    deinit_declaration: {
      kind: "method",
      names: ["deinit"],
      stops: ["function_body"],
      bodies: ["function_body"],
    },
  },
  classes: ["class_body", "enum_class_body", "protocol_body"],
  comments: ["comment", "multiline_comment"],
  literals: ["line_string_literal", "multi_line_string_literal", "raw_string_literal"],
  docComments: {
    lines: ["///"],
    blocks: ["/**"],
    exceptions: ["////", "/**/"],
    markup: "markdown",
  },
};
