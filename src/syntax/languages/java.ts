/** @file Java: Javadoc. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

export const java: LanguageSyntax = {
  extensions: [".java"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-java.wasm"],
  identifiers: ["identifier", "type_identifier"],
  reservedWords: words(
    "abstract assert boolean break byte case catch char class const continue default do " +
      "double else enum extends false final finally float for goto if implements import " +
      "instanceof int interface long native new null package private protected public return " +
      "short static strictfp super switch synchronized this throw throws transient true try " +
      "var void volatile while _",
  ),
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
  wraps: [["class Wrap {\n", "\n}"]],
  classes: ["class_body", "interface_body", "enum_body_declarations", "annotation_type_body"],
  comments: ["line_comment", "block_comment"],
  literals: ["string_literal", "character_literal"],
  docComments: { lines: ["///"], blocks: ["/**"], exceptions: ["////", "/**/"], markup: "tags" },
};
