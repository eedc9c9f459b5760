/** @file Ruby: RDoc, YARD tags left out. */
import type { LanguageSyntax } from "../language-syntax.ts";

const names = ["identifier", "constant", "setter", "operator"];

export const ruby: LanguageSyntax = {
  extensions: [".rb", ".rake", ".gemspec", ".ru"],
  fileNames: ["Rakefile", "Gemfile", "Guardfile", "Vagrantfile"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-ruby.wasm"],
  identifiers: ["identifier", "constant", "instance_variable", "class_variable", "global_variable"],
  reservedWords: ["self", "nil", "true", "false"],
  functions: {
    method: { kind: "function", names, stops: ["method_parameters", "body_statement", "=", ";"] },
    singleton_method: {
      kind: "method",
      names,
      stops: ["method_parameters", "body_statement", "=", ";"],
    },
  },
  classes: ["class", "module", "singleton_class"],
  constructorNames: ["initialize"],
  comments: ["comment"],
  // `private def x`
  wrappers: ["argument_list", "call"],
  literals: [
    "string",
    "regex",
    "subshell",
    "heredoc_body",
    "delimited_symbol",
    "simple_symbol",
    "character",
  ],
  docComments: {
    lines: ["#"],
    blocks: ["=begin"],
    exceptions: ["#!", "# rubocop:"],
    isAdjacent: true,
    markup: "tags",
  },
};
