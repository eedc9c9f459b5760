/** @file Rust: rustdoc comments. */
import type { LanguageSyntax } from "../language-syntax.ts";

export const rust: LanguageSyntax = {
  extensions: [".rs"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-rust.wasm"],
  identifiers: [
    "identifier",
    "field_identifier",
    "metavariable",
    "shorthand_field_identifier",
    "type_identifier",
  ],
  reservedWords: ["Self", "self", "crate", "super", "static", "_"],
  functions: {
    function_item: {
      kind: "function",
      names: ["identifier"],
      stops: ["parameters", "type_parameters"],
      bodies: ["block"],
    },
  },
  classes: ["impl_item", "trait_item"],
  comments: ["line_comment", "block_comment"],
  attachments: ["attribute_item"],
  literals: ["string_literal", "raw_string_literal", "char_literal"],
  docComments: {
    lines: ["///"],
    blocks: ["/**"],
    exceptions: ["////", "/***", "/**/"],
    markup: "markdown",
  },
};
