/** @file Swift: DocC comments. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

/**
 * The scanner asks for its state with `calloc(0, 4)`, so it starts with what the last parse left in
 * that place: files after one with a raw string are then read as one raw string, slowly and wrongly.
 * With `calloc(1, 4)` it starts clean: 4.1 MB/s for 0.4, and half the files with errors.
 */
const scannerState = {
  find: [0x41, 0, 0x41, 4, 0x10],
  replace: [0x41, 1, 0x41, 4, 0x10],
} as const;

/** Operators with tokens of their own, which a type may define. */
const operators = [
  ...[
    "==",
    "!=",
    "===",
    "!==",
    "<",
    ">",
    "<=",
    ">=",
    "<<",
    ">>",
    "+",
    "-",
    "*",
    "/",
    "%",
    "&",
    "|",
  ],
  ...["^", "~", "!", "bang", "++", "--", "+=", "-=", "*=", "/=", "%="],
];

export const swift: LanguageSyntax = {
  extensions: [".swift"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-swift.wasm"],
  mend: scannerState,
  identifiers: ["simple_identifier", "type_identifier"],
  reservedWords: words(
    "Any Self _ as associatedtype break case catch class continue default defer deinit do " +
      "else enum extension fallthrough false fileprivate for func guard if import in init " +
      "inout internal is let nil operator precedencegroup private protocol public repeat " +
      "rethrows return self static struct subscript super switch throw throws true try " +
      "typealias var where while",
  ),
  functions: {
    function_declaration: {
      kind: "function",
      names: ["simple_identifier", "custom_operator", ...operators],
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
  wraps: [["class Wrap {\n", "\n}"]],
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
