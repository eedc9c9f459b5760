/** @file Rust: rustdoc comments. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

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
  reservedWords: words(
    "Self _ abstract as async await become box break const continue crate do dyn else enum " +
      "extern false final fn for if impl in let loop macro match mod move mut override priv " +
      "pub ref return self static struct super trait true try type typeof unsafe unsized use " +
      "virtual where while yield",
  ),
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
