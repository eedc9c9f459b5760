/** @file PHP: PHPDoc. Variables are named without their dollar, as the grammar's leaf is. */
import type { LanguageSyntax } from "../language-syntax.ts";

export const php: LanguageSyntax = {
  extensions: [".php", ".phtml", ".php5", ".php7", ".inc"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-php.wasm"],
  identifiers: ["name"],
  reservedWords: [
    "this",
    "self",
    "static",
    "parent",
    "true",
    "false",
    "null",
    "__CLASS__",
    "__DIR__",
    "__FILE__",
    "__FUNCTION__",
    "__LINE__",
    "__METHOD__",
    "__NAMESPACE__",
    "__TRAIT__",
  ],
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
