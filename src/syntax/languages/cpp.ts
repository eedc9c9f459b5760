/** @file C++: as C, with methods, destructors, operators and templates. */

import type { LanguageSyntax } from "../language-syntax.ts";
import { words } from "../reserved-words.ts";

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
  reservedWords: words(
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t " +
      "char16_t char32_t class compl concept const consteval constexpr constinit const_cast " +
      "continue co_await co_return co_yield decltype default delete do double dynamic_cast " +
      "else enum explicit export extern false final float for friend goto if inline int long " +
      "mutable namespace new noexcept not not_eq nullptr operator or or_eq override private " +
      "protected public register reinterpret_cast requires return short signed sizeof static " +
      "static_assert static_cast struct switch template this thread_local throw true try " +
      "typedef typeid typename union unsigned using virtual void volatile wchar_t while xor " +
      "xor_eq",
  ),
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
  classNames: ["type_identifier", "template_type"],
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
