/** @file Java: Javadoc. */
import type { LanguageSyntax } from "../language-syntax.ts";

export const java: LanguageSyntax = {
  extensions: [".java"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-java.wasm"],
  identifiers: ["identifier", "type_identifier"],
  reservedWords: ["var"],
  functions: {
    method_declaration: {
      kind: "method",
      names: ["identifier"],
      stops: ["formal_parameters"],
      bodies: ["block"],
    },
    constructor_declaration: {
      kind: "constructor",
      names: ["identifier"],
      stops: ["formal_parameters"],
      bodies: ["constructor_body"],
    },
    compact_constructor_declaration: {
      kind: "constructor",
      names: ["identifier"],
      stops: ["block"],
      bodies: ["block"],
    },
  },
  classes: ["class_body", "interface_body", "enum_body_declarations", "annotation_type_body"],
  comments: ["line_comment", "block_comment"],
  literals: ["string_literal", "character_literal"],
  docComments: { lines: ["///"], blocks: ["/**"], exceptions: ["////", "/**/"], markup: "tags" },
};
