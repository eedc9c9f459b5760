/** @file PHP: PHPDoc. Variables are named without their dollar, as the grammar's leaf is. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

export const php: LanguageSyntax = {
  extensions: [".php", ".phtml", ".php5", ".php7", ".inc"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-php.wasm"],
  identifiers: ["name"],
  reservedWords: words(
    "$this self static parent class never die isset empty eval exit " +
      "__CLASS__ __DIR__ __FILE__ __FUNCTION__ __LINE__ __METHOD__ __NAMESPACE__ __TRAIT__",
  ),
  // a tag, or the beginning of a template
  opening: { unless: /<\?|^\s*[<@{]/, text: "<?php " },
  freeNames: [
    "variable_name",
    "member_access_expression",
    "member_call_expression",
    "nullsafe_member_access_expression",
    "nullsafe_member_call_expression",
    "method_declaration",
  ],
  wraps: [["class Wrap {\n", "\n}"]],
  functions: {
    function_definition: {
      kind: "function",
      names: ["name"],
      stops: ["formal_parameters"],
      bodies: ["compound_statement"],
    },
    method_declaration: {
      kind: "method",
      names: ["name"],
      stops: ["formal_parameters"],
      bodies: ["compound_statement"],
    },
  },
  classes: ["declaration_list", "enum_declaration_list"],
  constructorNames: ["__construct"],
  comments: ["comment"],
  literals: ["string", "encapsed_string", "heredoc", "nowdoc", "shell_command_expression"],
  docComments: { lines: [], blocks: ["/**"], exceptions: ["/**/"], markup: "tags" },
};
