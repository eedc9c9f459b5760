/** @file C++: as C, with methods, destructors, operators and templates. */
import type { LanguageSyntax } from "../language-syntax.ts";

export const cpp: LanguageSyntax = {
  extensions: [".cc", ".cpp", ".cxx", ".c++", ".hh", ".hpp", ".hxx", ".h++", ".ipp", ".tpp"],
  grammars: ["@repomix/tree-sitter-wasms/out/tree-sitter-cpp.wasm"],
  identifiers: [
    "identifier",
    "field_identifier",
    "namespace_identifier",
    "statement_identifier",
    "type_identifier",
  ],
  reservedWords: ["this", "final", "override", "auto"],
  functions: {
    function_definition: {
      kind: "function",
      names: [
        "identifier",
        "field_identifier",
        "destructor_name",
        "operator_name",
        "operator_cast",
      ],
      stops: ["parameter_list"],
      bodies: ["compound_statement", "try_statement"],
      declarators: [
        "function_declarator",
        "pointer_declarator",
        "reference_declarator",
        "parenthesized_declarator",
        "attributed_declarator",
      ],
    },
  },
  classes: ["field_declaration_list"],
  comments: ["comment"],
  wrappers: ["template_declaration", "linkage_specification"],
  literals: ["string_literal", "raw_string_literal", "char_literal", "system_lib_string"],
  docComments: {
    lines: ["//"],
    blocks: ["/*"],
    isAdjacent: true,
    markup: "tags",
  },
};
